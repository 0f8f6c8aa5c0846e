"""Between the models and the rows: values in the order of a table's columns, and back."""

from operator import itemgetter
from typing import Any

import orjson
from pydantic import BaseModel, TypeAdapter

from protocol.addressing import RoomKind
from protocol.agents import Agent
from protocol.audit import AuditRecord
from protocol.messages import Draft, Message
from protocol.payloads import AnyPayload
from protocol.roles import Role
from protocol.rooms import Room
from protocol.tasks import Task
from storage.building import placed
from storage.planning import Key
from storage.ports import HandleRecord, Place, TokenRecord
from storage.records import CursorRecord, HeadRecord, KeyRecord, Setting
from storage.sql.statements import Values

# By the dictionary: a look-up of a model's field costs five times as much, and there are thirty a message.
_row_of = itemgetter("room", "offset", "id", "ts", "from_id", "from_handle", "to_type", "to_id", "dedupe_key")
_audit_of = itemgetter("seq", "ts", "actor", "via", "action", "target", "result", "address")
_key_of = itemgetter("from_id", "dedupe_key", "id", "room", "offset", "ts")
_PAYLOAD: TypeAdapter[AnyPayload] = TypeAdapter(AnyPayload)


def payload_text(payload: AnyPayload) -> str:
    """Encode a payload as JSON."""
    return orjson.dumps(payload.__dict__, default=_fields).decode()


def message_values(message: Message) -> Values:
    """Return the row of a message."""
    fields = message.__dict__
    return (*_row_of(fields), payload_text(fields["payload"]))


def message_of(row: Values) -> Message:
    """Return the message of a row."""
    room, offset, message_id, ts, from_id, from_handle, to_type, to_id, dedupe_key, payload = row
    said = _PAYLOAD.validate_json(payload)
    draft = Draft(message_id, room, ts, from_id, from_handle, to_type, to_id, said, dedupe_key)
    return placed(draft, offset)


def key_values(message: Message, fingerprint: bytes) -> Values:
    """Return the row of the dedupe key that a message used."""
    from_id, dedupe_key, *place = _key_of(message.__dict__)
    return (from_id, dedupe_key, fingerprint, *place)


def known_of(row: Values) -> tuple[Key, tuple[bytes, Place]]:
    """Return what a key's row says: whose it is, and what it stands for."""
    from_id, dedupe_key, fingerprint, message_id, room, offset, ts = row
    return (from_id, dedupe_key), (fingerprint, Place(message_id, room, offset, ts))


def room_values(room: Room) -> Values:
    """Return the row of a room, without members and bounds."""
    fields = (room.id, str(room.kind), room.title, room.topic, room.visibility)
    return (*fields, room.owner, room.archived, room.created_at)


def member_values(room: Room) -> list[Values]:
    """Return the rows of a room's members."""
    return [(room.id, position, agent_id) for position, agent_id in enumerate(room.members)]


def rooms_of(rooms: list[Values], members: list[Values]) -> list[Room]:
    """Put rooms and members together; `members` is in order."""
    inside: dict[str, list[str]] = {}
    for room_id, _, agent_id in members:
        inside.setdefault(room_id, []).append(agent_id)
    return [_room_of(row, inside.get(row[0], [])) for row in rooms]


def agent_values(agent: Agent) -> Values:
    """Return the row of an agent."""
    return (agent.id, agent.handle, str(agent.role), agent.created_at)


def agent_of(row: Values) -> Agent:
    """Return the agent of a row."""
    agent_id, handle, role, created_at = row
    return Agent(id=agent_id, handle=handle, role=Role(role), created_at=created_at)


def token_values(token: TokenRecord) -> Values:
    """Return the row of a token."""
    times = (token.created_at, token.expires_at, token.revoked_at, token.last_used_at)
    return (token.id, token.agent_id, token.digest, *times, token.last_address)


def handle_values(record: HandleRecord) -> Values:
    """Return the row of a handle's bearer."""
    return (record.handle, record.agent_id, record.taken_at, record.released_at)


def task_values(task: Task) -> Values:
    """Return the row of a task."""
    return (task.id, str(task.state), task.created_at, task.model_dump_json())


def task_of(row: Values) -> Task:
    """Return the task of a row."""
    return Task.model_validate_json(row[3])


def audit_values(record: AuditRecord) -> Values:
    """Return the row of an audit record."""
    fields = record.__dict__
    return (
        *_audit_of(fields),
        orjson.dumps(fields["detail"]).decode(),
        record.prev,
        record.hash,
    )


def audit_of(row: Values) -> AuditRecord:
    """Return the audit record of a row."""
    seq, ts, actor, via, action, target, result, address, detail, prev, digest = row
    # Not validated: what is stored must reach the check of the chain as it is.
    return AuditRecord.model_construct(
        ts=ts,
        actor=actor,
        via=via,
        action=action,
        target=target,
        result=result,
        address=address,
        detail=orjson.loads(detail),
        seq=seq,
        prev=prev,
        hash=digest,
    )


def record_values(record: CursorRecord | HeadRecord | Setting | KeyRecord) -> Values:
    """Return the row of a record that is nothing but its row."""
    return tuple(getattr(record, name) for name in record.__slots__)


def _room_of(row: Values, members: list[str]) -> Room:
    room_id, kind, title, topic, visibility, owner, archived, created_at = row
    return Room.model_construct(
        id=room_id,
        kind=RoomKind(kind),
        title=title,
        topic=topic,
        visibility=visibility,
        owner=owner,
        members=members,
        archived=bool(archived),
        created_at=created_at,
        head=0,
        oldest=1,
    )


def _fields(model: Any) -> dict[str, Any]:
    if isinstance(model, BaseModel):
        return model.__dict__
    raise TypeError(f"{type(model).__name__} is not stored")
