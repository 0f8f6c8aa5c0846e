"""What can be typed, as data: commands, who can be named, and what came of a line that was sent."""

from typing import Any

from components.pictures.tasks import acts
from components.render import label, visible
from components.state import ConsoleState
from components.views.words import TASK_WORDS
from protocol.acks import CommandInfo, Sent
from protocol.addressing import RoomKind
from protocol.agents import Status
from protocol.roles import Role
from protocol.rooms import Room

Picture = dict[str, Any]
MAX_TASKS = 30


def command(info: CommandInfo) -> Picture:
    """Return a command as a row of the menu; agents may have written its help."""
    args = [label(str(each["name"])) for each in info.args]
    needed = [bool(each["required"]) for each in info.args]
    signs = [f"<{name}>" if need else f"[{name}]" for name, need in zip(args, needed, strict=True)]
    return {
        "name": info.name,
        "args": " ".join(signs),
        "parts": [
            {"sign": sign, "needed": need, "source": str(each["source"])}
            for sign, need, each in zip(signs, needed, info.args, strict=True)
        ],
        "rest": bool(info.args) and bool(info.args[-1]["rest"]),
        "help": label(info.help),
        "risk": info.risk,
        "category": label(info.category),
        "agent": info.runs_at == "agent",
    }


def people(state: ConsoleState, room: Room) -> list[Picture]:
    """List who can be named in a room, online agents first; outsiders only where anybody may come in."""
    inside = set(room.members)
    rows = [
        {
            "handle": label(agent.handle),
            "role": agent.role.value,
            "worker": agent.role is Role.WORKER,
            "inside": agent.id in inside,
            "status": _status(state, agent.id).value,
        }
        for agent in state.agents.values()
        if agent.id != state.viewer and (agent.id in inside or room.visibility == "public")
    ]
    order = list(Status)
    return sorted(rows, key=lambda row: (order.index(Status(row["status"])), row["handle"]))


def workers(state: ConsoleState) -> list[Picture]:
    """List who can be given a task, online agents first."""
    rows = [
        {
            "handle": label(agent.handle),
            "role": agent.role.value,
            "worker": True,
            "inside": True,
            "status": _status(state, agent.id).value,
        }
        for agent in state.agents.values()
        if agent.role is Role.WORKER
    ]
    order = list(Status)
    return sorted(rows, key=lambda row: (order.index(Status(str(row["status"]))), row["handle"]))


def sources(state: ConsoleState) -> dict[str, list[Picture]]:
    """List what can stand as an argument: rooms, and the tasks that something can still be done with."""
    rooms = [room for room in state.rooms.values() if room.kind is not RoomKind.DM and not room.archived]
    return {
        "room": [{"text": room.id, "help": _about(room)} for room in rooms],
        "task": [
            {
                "text": task.id,
                "help": f"{TASK_WORDS[task.state][0]}, {label(task.line)}",
                "acts": acts(task, state),
            }
            for task in state.work.newest_first()[:MAX_TASKS]
        ],
    }


def _about(room: Room) -> str:
    """Return what tells a room from others when its id does not."""
    return ", ".join(label(words) for words in (room.title, room.topic) if words and words != room.id)


def outcome(sent: Sent, state: ConsoleState) -> Picture:
    """Return what the sender alone is told of a line: the relay's notice, and whom it does not reach now."""
    away = sent.unreachable if sent.task_ids else []
    return {
        "notice": visible(sent.notice or ""),
        "unknown": [label(name) for name in sent.unknown],
        "away": [label(state.handle_of(each)) for each in away],
    }


def _status(state: ConsoleState, agent_id: str) -> Status:
    presence = state.presence.get(agent_id)
    return presence.status if presence else Status.OFFLINE
