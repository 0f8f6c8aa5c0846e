"""A store with something of every kind in it, and what it then holds."""

from collections.abc import AsyncIterator

from protocol.addressing import RoomKind
from protocol.agents import Agent
from protocol.audit import AuditEntry
from protocol.messages import Draft
from protocol.payloads import AnyPayload, RedactionPayload, SystemPayload, TaskPayload, TextPayload
from protocol.roles import Role
from protocol.rooms import Room
from protocol.tasks import Task, TaskState
from storage.ports import (
    Append,
    AppendAudit,
    CreateAgent,
    CreateRoom,
    ForgetTask,
    ForgetToken,
    HandleRecord,
    MoveCursor,
    Redact,
    SaveHandle,
    SaveRoom,
    SaveSetting,
    SaveTask,
    SaveToken,
    Store,
    TokenRecord,
    Write,
)
from storage.records import Record

LATE = "2026-06-01T00:00:00.000Z"
EARLY = "2026-01-01T00:00:00.000Z"


def a_task(**changes: object) -> Task:
    """Return a task that ran."""
    fields: dict[str, object] = {
        "id": "t1",
        "room": "alpha",
        "command": "uptime",
        "args": ["-p", "ö \u2028"],
        "to": "ann",
        "requested_by": "bob",
        "state": TaskState.SUCCEEDED,
        "created_at": EARLY,
        "output": "up\n",
        "percent": 12.5,
        "timeout": 30.0,
    }
    return Task.model_validate(fields | changes)


def a_message(key: str, payload: AnyPayload | str, *, room: str = "alpha", ts: str = EARLY) -> Append:
    """Return the operation that stores a payload, or a text."""
    content = TextPayload(text=payload, mentions=["bob"]) if isinstance(payload, str) else payload
    draft = Draft(
        id=f"id-{key}",
        room=room,
        ts=ts,
        from_id="ann",
        from_handle="ann",
        to_type="room",
        to_id=room,
        payload=content,
        dedupe_key=key,
    )
    return Append(draft, key.encode(), 10)


def everything() -> list[Write]:
    """Return writes that leave something of every kind, every payload among them."""
    room = Room(id="alpha", kind=RoomKind.ROOM, title="Alpha", created_at=EARLY, members=["bob", "ann"])
    entry = AuditEntry(ts=EARLY, actor="ann", via="rest", action="room.create", detail={"n": 1, "x": None})
    agent = Agent(id="ann", handle="ann", role=Role.MASTER, created_at=EARLY)
    tombstone = RedactionPayload(target="id-m1", target_offset=1, reason="secret")
    return [
        (CreateRoom(room), MoveCursor("ann", "alpha", 0), AppendAudit(entry)),
        (SaveRoom(room.model_copy(update={"topic": "new", "archived": True, "owner": "ann"})),),
        (CreateAgent(agent), SaveHandle(HandleRecord("ann", "ann", EARLY))),
        (SaveToken(TokenRecord("t1", "ann", b"\x00\xff", EARLY, expires_at=LATE)),),
        (SaveToken(TokenRecord("t2", "ann", b"\x01", EARLY, revoked_at=EARLY)), ForgetToken("t2")),
        (SaveSetting("retention", "30"), SaveSetting("gone", "1"), SaveSetting("gone", None)),
        (SaveTask(a_task()),),
        (SaveTask(a_task().model_copy(update={"id": "gone"})), ForgetTask("gone")),
        (a_message("m1", "first ☃"),),
        (a_message("m2", TaskPayload(task=a_task())), AppendAudit(entry)),
        (a_message("m3", SystemPayload(event="joined", text="bob came", subject="bob")),),
        (a_message("m4", tombstone), Redact("alpha", 1, tombstone)),
        (a_message("m5", "elsewhere", room="beta", ts=LATE), MoveCursor("ann", "alpha", 3)),
    ]


async def contents(store: Store) -> list[str]:
    """Return everything that a store holds, in an order of its own."""
    return sorted([f"{type(record).__name__} {record!r}" async for record in store.dump()])


async def stream(*records: Record) -> AsyncIterator[Record]:
    """Return records as a dump."""
    for record in records:
        yield record
