"""What a durable store decides before it writes: which writes are taken, and what each of them adds.

A plan works on what the store knows already and touches none of it: only when everything is on disk is the
plan merged. A batch that fails leaves no trace.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from protocol.audit import GENESIS, AuditRecord, seal
from protocol.errors import ClawNetError, Conflict, DedupeMismatch, HandleTaken, NotFound, RoomExists
from protocol.messages import Message
from storage.building import placed
from storage.ports import (
    Append,
    AppendAudit,
    Bounds,
    CreateAgent,
    CreateRoom,
    DeleteRoom,
    ForgetTask,
    ForgetToken,
    MoveCursor,
    Op,
    Outcome,
    Place,
    Receipt,
    Redact,
    SaveAgent,
    SaveHandle,
    SaveRoom,
    SaveSetting,
    SaveTask,
    SaveToken,
    Write,
)

UNCHECKED = frozenset({Append, AppendAudit})  # the ends of a room and of the trail take everything
Key = tuple[str, str]  # sender and dedupe key
Known = Mapping[Key, tuple[bytes, Place]]
_V = TypeVar("_V")


class Appended(NamedTuple):
    """A message with its place, and the fingerprint that its dedupe key stands for."""

    message: Message
    fingerprint: bytes


Step = (
    Appended
    | AuditRecord
    | Redact
    | CreateRoom
    | SaveRoom
    | DeleteRoom
    | CreateAgent
    | SaveAgent
    | SaveToken
    | ForgetToken
    | ForgetTask
    | SaveHandle
    | SaveSetting
    | SaveTask
    | MoveCursor
)


@dataclass(slots=True)
class Ledger:
    """What must be at hand to take or refuse a write; its size does not grow with history."""

    heads: dict[str, Bounds] = field(default_factory=dict)
    rooms: dict[str, bool] = field(default_factory=dict)
    handles: dict[str, str] = field(default_factory=dict)  # of an agent's id
    bearers: dict[str, str] = field(default_factory=dict)  # of a handle
    audit: tuple[int, str] = (0, GENESIS)

    def bounds(self, room: str) -> Bounds:
        """Return newest and oldest offset of a room."""
        return self.heads.get(room) or Bounds()


class _Overlay(Generic[_V]):
    """Changes to a dictionary that wait to be merged; None stands for a removal."""

    def __init__(self, base: dict[str, _V]) -> None:
        self._base = base
        self.changes: dict[str, _V | None] = {}

    def get(self, key: str) -> _V | None:
        return self.changes[key] if key in self.changes else self._base.get(key)

    def merge(self) -> None:
        for key, value in self.changes.items():
            if value is None:
                self._base.pop(key, None)
            else:
                self._base[key] = value


class Plan:
    """Takes the writes of one batch in order; `known` holds the stored keys among those that they use."""

    def __init__(self, ledger: Ledger, known: Known) -> None:
        self.steps: list[Step] = []
        self.outcomes: list[Outcome] = []
        self._ledger = ledger
        self._known = dict(known)
        self._heads = _Overlay(ledger.heads)
        self._rooms = _Overlay(ledger.rooms)
        self._handles = _Overlay(ledger.handles)
        self._bearers = _Overlay(ledger.bearers)
        self._audit = ledger.audit

    @property
    def heads(self) -> Mapping[str, Bounds]:
        """Return the bounds that change."""
        return {room: bounds for room, bounds in self._heads.changes.items() if bounds is not None}

    def add(self, write: Write) -> None:
        """Decide about one write; a refusal becomes its outcome."""
        self.outcomes.append(self._decide(write))

    def merge(self) -> None:
        """Make the plan part of what is known: it is on disk."""
        for overlay in (self._heads, self._rooms, self._handles, self._bearers):
            overlay.merge()
        self._ledger.audit = self._audit

    def _decide(self, write: Write) -> Outcome:
        try:
            if repeat := self._admitted(write):
                return Receipt(repeat=repeat)
        except ClawNetError as refusal:
            return refusal
        messages = []
        for op in write:
            if type(op) is Append:
                messages.append(self._append(op))
            elif type(op) is AppendAudit:
                self._seal(op)
            else:
                self._apply(op)
        return Receipt(tuple(messages))

    def _admitted(self, write: Write) -> Place | None:
        """Check a write; return where its message stands if it was stored before."""
        for op in write:
            if type(op) is Append and (repeat := self._place_of(op)):
                return repeat
        for op in write:
            if type(op) not in UNCHECKED:
                self._check(op)
        refuse_twins(write)
        return None

    def _place_of(self, op: Append) -> Place | None:
        known = self._known.get((op.draft.from_id, op.draft.dedupe_key))
        if known is None:
            return None
        fingerprint, place = known
        if fingerprint != op.fingerprint:
            raise DedupeMismatch("this dedupe key was used for another message", field="dedupe_key")
        return place

    def _check(self, op: Op) -> None:
        match op:
            case CreateRoom(room) if self._rooms.get(room.id):
                raise RoomExists("a room of this name exists", field="room")
            case CreateAgent(agent) if self._handles.get(agent.id) is not None:
                raise Conflict("an agent of this id exists", field="agent_id")
            case CreateAgent(agent) | SaveAgent(agent):
                if self._bearers.get(agent.handle) not in {None, agent.id}:
                    raise HandleTaken("another agent has this handle", field="handle")
            case Redact(room_id, offset):
                bounds = self._heads.get(room_id) or Bounds()
                if not bounds.oldest <= offset <= bounds.head:
                    raise NotFound("no such message", field="id")
            case _:
                pass

    def _apply(self, op: Op) -> None:
        match op:
            case CreateRoom(room) | SaveRoom(room):
                self._rooms.changes[room.id] = True
            case DeleteRoom(room_id):
                self._forget_room(room_id)
            case CreateAgent(agent) | SaveAgent(agent):
                self._bear(agent.id, agent.handle)
            case _:
                pass
        assert not isinstance(op, Append | AppendAudit)
        self.steps.append(op)

    def _append(self, op: Append) -> Message:
        draft = op.draft
        bounds = self._heads.get(draft.room) or Bounds()
        offset = bounds.head + 1
        message = placed(draft, offset)
        self._heads.changes[draft.room] = Bounds(offset, bounds.oldest)
        place = Place(draft.id, draft.room, offset, draft.ts)
        self._known[draft.from_id, draft.dedupe_key] = (op.fingerprint, place)
        self.steps.append(Appended(message, op.fingerprint))
        return message

    def _seal(self, op: AppendAudit) -> None:
        seq, prev = self._audit
        record = seal(op.entry, seq=seq + 1, prev=prev)
        self._audit = (seq + 1, record.hash)
        self.steps.append(record)

    def _bear(self, agent_id: str, handle: str) -> None:
        if before := self._handles.get(agent_id):
            self._bearers.changes[before] = None
        self._handles.changes[agent_id] = handle
        self._bearers.changes[handle] = agent_id

    def _forget_room(self, room: str) -> None:
        self._rooms.changes[room] = None
        if bounds := self._heads.get(room):
            # Who comes back with an old cursor must not take another room's messages for those it has read.
            self._heads.changes[room] = Bounds(bounds.head, bounds.head + 1)
        self._known = {key: known for key, known in self._known.items() if known[1].room != room}


def page_range(bounds: Bounds, after: int | None, before: int | None, limit: int) -> range:
    """Return the offsets of a page: the first after `after`, or the last before `before`."""
    if after is not None:
        start = max(after + 1, bounds.oldest)
        return range(start, min(start + limit, bounds.head + 1))
    stop = bounds.head + 1 if before is None else min(before, bounds.head + 1)
    return range(max(stop - limit, bounds.oldest), stop)


def keys_of(writes: Sequence[Write]) -> list[Key]:
    """List the dedupe keys that a batch uses."""
    return [(op.draft.from_id, op.draft.dedupe_key) for write in writes for op in write if type(op) is Append]


def refuse_twins(write: Write) -> None:
    """Refuse what a unique index would refuse later, and the whole batch with it.

    Raises:
        Conflict: one write makes or saves the same thing twice.
    """
    # What most writes are: one thing, and the record of it.
    if len(write) == 1 or (len(write) == 2 and type(write[1]) is AppendAudit):
        return
    claims = [claim for op in write for claim in _claims(op)]
    if len(claims) != len(set(claims)):
        raise Conflict("the same thing is made twice in one write")


def _claims(op: Op) -> Iterable[tuple[str, ...]]:
    match op:
        case Append(draft):
            return (("key", draft.from_id, draft.dedupe_key),)
        case CreateRoom(room) | SaveRoom(room):
            return (("room", room.id),)
        case CreateAgent(agent) | SaveAgent(agent):
            return (("agent", agent.id), ("handle", agent.handle))
        case _:
            return ()
