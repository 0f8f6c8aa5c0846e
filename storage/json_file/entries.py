"""Between what a store holds and the entries of the journal, one kind of entry a kind of thing."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from operator import attrgetter
from typing import Any

from pydantic import TypeAdapter

from protocol.agents import Agent
from protocol.audit import AuditRecord
from protocol.messages import Message
from protocol.payloads import AnyPayload
from protocol.rooms import Room
from protocol.tasks import Task
from storage.building import message_with
from storage.json_file.lines import Entry
from storage.planning import Appended, Step
from storage.ports import (
    CreateAgent,
    CreateRoom,
    DeleteRoom,
    ForgetTask,
    ForgetToken,
    HandleRecord,
    MoveCursor,
    Place,
    Redact,
    SaveAgent,
    SaveHandle,
    SaveRoom,
    SaveSetting,
    SaveTask,
    SaveToken,
    TokenRecord,
)
from storage.records import CursorRecord, HeadRecord, KeyRecord, Origin, Record, Setting

_PAYLOAD: TypeAdapter[AnyPayload] = TypeAdapter(AnyPayload)
_MESSAGE = tuple(name for name in Message.model_fields if name != "replay")
_AUDIT = tuple(AuditRecord.model_fields)


def entry_of_step(step: Step) -> Entry:
    """Return the entry that stores a step of a plan."""
    match step:
        case Appended(message, fingerprint):
            return message_entry(message, fingerprint)
        case AuditRecord():
            return entry_of(step)
        case Redact(room, offset, tombstone):
            return {"type": "redaction", "room": room, "offset": offset, "payload": tombstone}
        case DeleteRoom(room):
            return {"type": "room_gone", "room": room}
        case SaveSetting() | MoveCursor() | ForgetToken() | ForgetTask():
            return {"type": _KIND[type(step)], **asdict(step)}
        case _:
            return entry_of(_THING[type(step)](step))


def message_entry(message: Message, fingerprint: bytes | None) -> Entry:
    """Return the entry of a message; without a fingerprint it guards no dedupe key."""
    fields = message.__dict__
    entry: Entry = {"type": "message", **{name: fields[name] for name in _MESSAGE}}
    if fingerprint is not None:
        entry["fingerprint"] = fingerprint.hex()
    return entry


def entry_of(record: Record) -> Entry:
    """Return the entry of a record."""
    match record:
        case Message():
            return message_entry(record, None)
        case AuditRecord():
            return {"type": "audit", **{name: record.__dict__[name] for name in _AUDIT}}
        case Room() | Agent() | Task():
            return {"type": _KIND[type(record)], **record.__dict__}
        case TokenRecord():
            return {"type": "token", **asdict(record), "digest": record.digest.hex()}
        case KeyRecord():
            return {"type": "key", **asdict(record), "fingerprint": record.fingerprint.hex()}
        case _:
            return {"type": _KIND[type(record)], **asdict(record)}


def records_of(entry: Entry) -> Iterator[Record]:
    """Yield the records of an entry: a message comes with its key."""
    kind = entry["type"]
    if kind == "message":
        if "fingerprint" in entry:
            place = place_of(entry)
            fingerprint = bytes.fromhex(entry["fingerprint"])
            yield KeyRecord(
                entry["from_id"],
                entry["dedupe_key"],
                fingerprint,
                place.id,
                place.room,
                place.offset,
                place.ts,
            )
        yield message_of(entry)
    elif kind == "audit":
        yield audit_of(entry)
    else:
        yield thing_of(entry)


def thing_of(entry: Entry) -> Any:
    """Return the model of an entry that is neither message nor audit."""
    kind = entry["type"]
    fields = {key: value for key, value in entry.items() if key not in {"tx", "end", "type", "format"}}
    for name in {"digest", "fingerprint"} & fields.keys():
        fields[name] = bytes.fromhex(fields[name])
    return _MODEL[kind](**fields)


def message_of(entry: Entry) -> Message:
    """Return the message of an entry."""
    fields = {name: entry[name] for name in _MESSAGE}
    fields["payload"] = _PAYLOAD.validate_python(fields["payload"])
    fields["replay"] = False
    return message_with(fields)


def audit_of(entry: Entry) -> AuditRecord:
    """Return the audit record of an entry, as it is: the check of the chain must see it."""
    return AuditRecord.model_construct(**{name: entry[name] for name in _AUDIT})


def place_of(entry: Entry) -> Place:
    """Return where the message of an entry, or of a key, stands."""
    return Place(entry["id"], entry["room"], entry["offset"], entry["ts"])


_MODEL: dict[str, Any] = {
    "store": Origin,
    "room": Room,
    "agent": Agent,
    "token": TokenRecord,
    "handle": HandleRecord,
    "setting": Setting,
    "task": Task,
    "cursor": CursorRecord,
    "head": HeadRecord,
    "key": KeyRecord,
}
_KIND: dict[type, str] = {
    Origin: "store",
    Room: "room",
    Agent: "agent",
    HandleRecord: "handle",
    Setting: "setting",
    Task: "task",
    CursorRecord: "cursor",
    HeadRecord: "head",
    SaveSetting: "setting",
    MoveCursor: "cursor",
    ForgetToken: "token_gone",
    ForgetTask: "task_gone",
}
_THING: dict[type, Callable[[Any], Record]] = {
    CreateRoom: attrgetter("room"),
    SaveRoom: attrgetter("room"),
    CreateAgent: attrgetter("agent"),
    SaveAgent: attrgetter("agent"),
    SaveToken: attrgetter("token"),
    SaveHandle: attrgetter("record"),
    SaveTask: attrgetter("task"),
}
