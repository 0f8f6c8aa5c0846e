"""The table out: what v1 clients hear where others hear a push of version 2.

Version 1 tells whole lists where version 2 tells changes. So a row may name lists that have become due; they
are sent soon and once, however often they are named in between.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from app.delivery.wire import Frame
from app.sockets.v1 import names
from app.sockets.wire import packet_of
from protocol.events import RELAY_EVENTS
from protocol.messages import Message
from protocol.payloads import TextPayload
from protocol.pushes import RoomUpdated, TaskDispatched, TaskUpdated
from protocol.text import encoded
from protocol.v1 import cmd_of, shown, trace_of

Said = Iterable[tuple[str, dict[str, Any]]]
Place = tuple[str, int]

ROOM_ACTIONS = {"opened": "join", "joined": "join", "left": "leave", "deleted": "leave"}


@dataclass(frozen=True, slots=True)
class Letters:
    """What one push becomes: packets, the entry or the order that they carry, and the lists that are due."""

    packets: tuple[Frame, ...] = ()
    place: Place | None = None
    due: tuple[str, ...] = ()
    order: TaskDispatched | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """What v1 hears: events made from the body, and lists to be sent anew."""

    says: Callable[[Any], Said] = lambda _: ()
    due: tuple[str, ...] = ()
    does: str = "-"


def chat_update(message: Message) -> Said:
    """Tell what somebody said; whatever else stands in a room, v1 does not know."""
    if isinstance(message.payload, TextPayload):
        said = said_by(message)
        yield "chat_update", said
        yield "intel_update", {"type": "chat", "message": said}


def said_by(message: Message) -> dict[str, Any]:
    """Return a text as v1 writes it."""
    payload = message.payload
    is_keyed = message.dedupe_key != message.id
    return {
        "from": message.from_id,
        "to": names.named(message.to_type, message.to_id),
        "msg": payload.text if isinstance(payload, TextPayload) else "",
        "ts": message.ts,
        "localId": names.local_id_of(message.dedupe_key) if is_keyed else None,
    }


def room_update(update: RoomUpdated) -> Said:
    """Tell who came into a named room and who left."""
    action, room = ROOM_ACTIONS.get(update.action), update.room
    if action is not None and names.is_shown(room.id):
        agent_id = update.agent_id or room.owner
        yield (
            "room_update",
            {"action": action, "agent_id": agent_id, "room": f"#{room.id}", "members": room.members},
        )


def command(order: TaskDispatched) -> Said:
    """Tell an agent what to run."""
    task = order.task
    yield "command", {"id": task.id, "cmd": cmd_of(task), "trace_id": trace_of(task)}


def task_result(update: TaskUpdated) -> Said:
    """Tell that a task has ended."""
    if update.task.state.is_terminal:
        yield "intel_update", {"type": "task", "task": shown(update.task)}


TABLE: dict[str, Row] = {
    "welcome": Row(due=("fleet_update", "task_update")),
    "chat_message": Row(chat_update, does="`chat_update`, `intel_update`"),
    "chat_gap": Row(),
    "presence_update": Row(due=("fleet_update",)),
    "typing_update": Row(),
    "room_update": Row(room_update, does="`room_update`"),
    "task_dispatch": Row(command, does="`command`"),
    "task_cancel": Row(),
    "task_update": Row(task_result, due=("task_update",), does="`intel_update` at its end"),
    "error": Row(),
}


class FirstEncoding:
    """Version 1: what a push says, by the table; refuses to start if a push has no row."""

    def __init__(self, table: dict[str, Row] = TABLE) -> None:
        if missing := table.keys() ^ RELAY_EVENTS.keys():
            raise ValueError(f"pushes and rows differ: {sorted(missing)}")
        self._table = table

    def encode(self, event: str, body: BaseModel) -> Frame:
        row = self._table[event]
        packets = tuple(packet_of(name, encoded(said)) for name, said in row.says(body))
        place = (body.room, body.offset) if isinstance(body, Message | TaskDispatched) else None
        order = body if isinstance(body, TaskDispatched) else None
        return Frame(Letters(packets, place, row.due, order), sum(packet.size for packet in packets))
