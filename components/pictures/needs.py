"""What waits for the operator, as data: approvals, failures, agents at the door, mentions not read yet."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from app.clock import stamp
from components.pictures.tasks import acts, in_chat
from components.render import label
from components.routes import HOME, agent_path, dm_path, room_path, task_path
from components.state import ConsoleState
from components.unread import Unread
from components.views.words import TASK_WORDS, counted
from protocol.addressing import RoomKind, parties_of
from protocol.admissions import Application
from protocol.rooms import Room
from protocol.tasks import Task

Need = dict[str, Any]
MAX_FAILED = 20
SOON = timedelta(days=7)


def needs(
    state: ConsoleState, unread: Unread, waiting: list[Application], expiring: Mapping[str, str] | None = None
) -> list[Need]:
    """List what waits, approvals first; `kind` is the section that it stands in.

    `expiring` tells by agent when its last token runs out, where that is soon.
    """
    doors = [
        {
            "id": f"join-{each.id}",
            "kind": "Agents waiting",
            "text": label(each.agent_id),
            "detail": f"from {each.address}" if each.address else "",
            "path": f"{HOME}/fleet",
            "count": 1,
        }
        for each in waiting
    ]
    work = [_task(task, state, "Approvals") for task in state.work.waiting() if acts(task, state)]
    work += [_task(task, state, "Failed") for task in state.work.failed()[:MAX_FAILED]]
    return [
        *work,
        *doors,
        *_mentions(state, unread),
        *(_token(agent_id, ends, state) for agent_id, ends in sorted((expiring or {}).items())),
    ]


def soon(standing: Mapping[str, Mapping[str, object]], now: datetime) -> dict[str, str]:
    """Return whose last token runs out within a week, and when."""
    limit = stamp(now + SOON)
    told = {agent_id: str(each["expires"]) for agent_id, each in standing.items() if each["expires"]}
    return {
        agent_id: ends
        for agent_id, ends in told.items()
        if ends <= limit and standing[agent_id]["state"] == "valid"
    }


def _token(agent_id: str, ends: str, state: ConsoleState) -> Need:
    return {
        "id": f"token-{agent_id}",
        "kind": "Expiring tokens",
        "text": f"@{label(state.handle_of(agent_id))}",
        "detail": "its last token runs out",
        "path": f"{agent_path(agent_id)}?tab=token",
        "count": 1,
        "ends": ends,
    }


def _task(task: Task, state: ConsoleState, kind: str) -> Need:
    """Return a task that waits; what it `acts` on can be done without opening it.

    Who has taken note of a failure says so to the browser, which keeps that, and counts only recent ones.
    """
    return {
        "id": f"task-{task.id}",
        "kind": kind,
        "text": label(task.line),
        "detail": f"{TASK_WORDS[task.state][0]} on @{label(state.handle_of(task.to))}",
        "path": task_path(task.id),
        "chat": in_chat(task, state),
        "count": 1,
        "task": task.id,
        "risk": task.risk,
        "acts": acts(task, state),
        "since": task.ended_at or task.created_at,
        "expires": state.work.expiry(task.id),
    }


def _mentions(state: ConsoleState, unread: Unread) -> list[Need]:
    return [
        _mention(room, state, count)
        for room in sorted(state.rooms.values(), key=lambda room: room.id)
        if (count := unread.of(room.id).mentions)
    ]


def _mention(room: Room, state: ConsoleState, count: int) -> Need:
    if room.kind is RoomKind.DM:
        handle = state.handle_of(min(parties_of(room.id) - {state.viewer}))
        name, path = f"@{handle}", dm_path(handle)
    else:
        name, path = f"#{room.title}", room_path(room.id)
    return {
        "id": f"mention-{room.id}",
        "kind": "Mentions",
        "text": label(name),
        "detail": counted(count, "mention"),
        "path": path,
        "count": count,
    }
