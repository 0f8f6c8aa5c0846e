"""Tasks as data: a card in the chat, a row of the table, everything about one."""

from typing import Any
from urllib.parse import quote

from app.services.permissions import Operation, Standing, is_allowed
from components.render import label, visible
from components.routes import dm_path, room_path, task_path
from components.state import ConsoleState
from components.views.words import TASK_WORDS
from protocol.addressing import RoomKind, kind_of, parties_of
from protocol.agents import Status
from protocol.roles import Role
from protocol.tasks import Task, TaskState

Picture = dict[str, Any]
TAIL = 3  # lines of the output that a card shows


def card(task: Task, state: ConsoleState) -> Picture:
    """Return a task as its card in the chat."""
    word, glyph, tone = TASK_WORDS[task.state]
    lines = visible(task.output or "").strip().splitlines()
    return {
        "id": task.id,
        "group": task.group_id,
        "path": task_path(task.id),
        "chat": in_chat(task, state),
        "state": task.state.value,
        "word": word,
        "glyph": glyph,
        "tone": tone,
        "over": task.state.is_terminal,
        "command": label(task.line),
        "risk": task.risk,
        "to": label(state.handle_of(task.to)),
        "by": label(state.handle_of(task.requested_by)),
        "mine": task.requested_by == state.viewer,
        "rule": label(task.rule or ""),
        "reason": label(task.reason or ""),
        "attempt": task.attempt,
        "tail": "\n".join(lines[-TAIL:]),
        "started": task.started_at or task.created_at,
        "ended": task.ended_at,
        "expires": state.work.expiry(task.id),
        "acts": acts(task, state),
    }


def progress(task: Task, state: ConsoleState) -> Picture:
    """Return how far a running task is: what its agent said last, and per cent if it says so."""
    said = visible(state.work.said.get(task.id, "")).strip().splitlines()
    return {"id": task.id, "said": "\n".join(said[-TAIL:]), "percent": task.percent}


def row(task: Task, state: ConsoleState) -> Picture:
    """Return a task as a row of the table."""
    return {
        **card(task, state),
        **progress(task, state),
        "agent": task.to,
        "room": _room(task, state)[0],
        "created": task.created_at,
        "exit": task.exit_code,
    }


def dossier(task: Task, state: ConsoleState) -> Picture:
    """Return everything about a task."""
    name, path = _room(task, state)
    return {
        **row(task, state),
        "known": True,
        "output": visible(task.output or ""),
        "stream": visible(state.work.said.get(task.id, "")),
        "there": _is_there(task.to, state),
        "truncated": task.truncated,
        "room": name,
        "room_path": path,
        "approved_by": label(state.handle_of(task.approved_by)) if task.approved_by else "",
        "retry_of": task.retry_of,
        "retry_path": task_path(task.retry_of) if task.retry_of else "",
        "timeout": task.timeout,
        "began": task.started_at,
    }


def raw(task: Task) -> str:
    """Return a task as JSON, in lines."""
    return visible(task.model_dump_json(indent=2))


def in_chat(task: Task, state: ConsoleState) -> str:
    """Return where a task is opened over its conversation; empty when that is not here."""
    path = _room(task, state)[1]
    return f"{path}?task={quote(task.id, safe='')}" if path else ""


def _is_there(agent_id: str, state: ConsoleState) -> bool:
    presence = state.presence.get(agent_id)
    return presence is not None and presence.status is not Status.OFFLINE


def acts(task: Task, state: ConsoleState) -> list[str]:
    """Name what is worth offering for a task now; the services judge again when it is asked for."""
    viewer = state.agents.get(state.viewer)
    if viewer is None:
        return []
    own = Standing.SELF if task.requested_by == state.viewer else Standing.OTHER
    if task.state is TaskState.NEEDS_APPROVAL and is_allowed(viewer.role, Operation.TASK_APPROVE):
        return ["approve", "deny"]
    if not task.state.is_terminal:
        return ["cancel"] if is_allowed(viewer.role, Operation.TASK_CANCEL, own) else []
    return ["retry"] if viewer.role is Role.MASTER and task.state is not TaskState.BLOCKED else []


def _room(task: Task, state: ConsoleState) -> tuple[str, str]:
    """Return what the room of a task is called, and where it is; nowhere, for the messages of others."""
    if kind_of(task.room) is not RoomKind.DM:
        room = state.rooms.get(task.room)
        return (f"#{label(room.title)}", room_path(room.id)) if room else ("a room that is not here", "")
    others = parties_of(task.room) - {state.viewer}
    names = " and ".join(sorted(f"@{label(state.handle_of(each))}" for each in others))
    return names, dm_path(state.handle_of(min(others))) if len(others) == 1 else ""
