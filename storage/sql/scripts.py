"""What happens inside one transaction, written once for every database: scripts of queries."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import orjson

from protocol.errors import Conflict
from protocol.messages import Message
from protocol.rooms import Room
from storage.planning import Ledger, Plan, keys_of
from storage.ports import Bounds, Write
from storage.records import Record
from storage.sql import rows
from storage.sql.changes import Changes
from storage.sql.driver import Fetch, Run, Script, T
from storage.sql.statements import META_TABLE, TABLES, Statements
from storage.sql.tables import AgentRow, HeadRow, MemberRow, RoomRow

EPOCH = "epoch"
LOADING = "loading"  # stands in `meta` from the first record of a dump to the last


@dataclass(slots=True)
class Memory:
    """What a store keeps at hand: the ledger, the oldest audit record, and the name of the history."""

    ledger: Ledger
    audit_oldest: int
    epoch: str


def remember(statements: Statements) -> Script[Memory]:
    """Read what the store keeps at hand; no history is read."""
    meta: dict[str, str] = dict((yield Fetch(statements.all[META_TABLE])))
    heads = yield Fetch(statements.all[HeadRow])
    room_rows = yield Fetch(statements.all[RoomRow])
    agents = [rows.agent_of(row) for row in (yield Fetch(statements.all[AgentRow]))]
    ends = yield Fetch(statements.audit_ends)
    ledger = Ledger(
        heads={room: Bounds(head, oldest) for room, head, oldest in heads},
        rooms={row[0]: True for row in room_rows},
        handles={agent.id: agent.handle for agent in agents},
        bearers={agent.handle: agent.id for agent in agents},
    )
    if ends:
        ledger.audit = (ends[0][0], ends[0][1])
    return Memory(ledger, ends[0][2] if ends else 1, meta[EPOCH])


def looking_first(statements: Statements, work: Callable[[Ledger], Script[T]]) -> Script[tuple[Memory, T]]:
    """Do some work on what the store holds at this moment, not on what was remembered."""
    memory = yield from remember(statements)
    result = yield from work(memory.ledger)
    return memory, result


def commit(statements: Statements, ledger: Ledger, writes: Sequence[Write]) -> Script[Plan]:
    """Take the writes of a batch and store what they add."""
    keys = keys_of(writes)
    known = (yield Fetch(statements.known_keys, (orjson.dumps(keys).decode(),))) if keys else []
    plan = Plan(ledger, dict(map(rows.known_of, known)))
    for write in writes:
        plan.add(write)
    changes = Changes(statements)
    for step in plan.steps:
        changes.add_step(step)
    changes.add_heads(plan.heads)
    yield from changes.script()
    return plan


def page(statements: Statements, room: str, span: range) -> Script[list[Message]]:
    """Read the messages of a span of offsets."""
    found = yield Fetch(statements.slice, (room, span.start, span.stop))
    return [rows.message_of(row) for row in found]


def prune(statements: Statements, before: str, limit: int) -> Script[tuple[int, dict[str, Bounds]]]:
    """Delete from the old end of each room what is older than `before`; return how many and the bounds."""
    moved: dict[str, Bounds] = {}
    left = limit
    for room, head, oldest, eldest in (yield Fetch(statements.eldest)):
        if left <= 0:
            break
        if eldest >= before:
            continue
        entries = yield Fetch(statements.slice, (room, oldest, oldest + left))
        # A clock that was set back must not tear a hole: the run of old messages ends at the first new one.
        young = next((index for index, entry in enumerate(entries) if entry[3] >= before), len(entries))
        yield Run(statements.drop_key, [(entry[4], entry[8]) for entry in entries[:young]])
        yield Run(statements.drop_messages, [(room, oldest + young)])
        moved[room] = Bounds(head, oldest + young)
        left -= young
    changes = Changes(statements)
    changes.add_heads(moved)
    yield from changes.script()
    return limit - left, moved


def rooms(statements: Statements) -> Script[list[Room]]:
    """Read all rooms with their members."""
    found = yield Fetch(statements.all[RoomRow])
    return rows.rooms_of(found, (yield Fetch(statements.all[MemberRow])))


def begin_load(statements: Statements) -> Script[None]:
    """Note that a load is under way.

    Raises:
        Conflict: something is stored already.
    """
    for table in TABLES:
        if (yield Fetch(statements.any[table]))[0][0]:
            raise Conflict("this store is not empty", field="store")
    yield Run(statements.upsert[META_TABLE], [(LOADING, "1")])


def load(statements: Statements, records: Sequence[Record]) -> Script[None]:
    """Store some records of a dump."""
    changes = Changes(statements)
    for record in records:
        changes.add_record(record)
    yield from changes.script()


def end_load(statements: Statements, epoch: str) -> Script[None]:
    """Make what was loaded count."""
    yield Run(statements.upsert[META_TABLE], [(EPOCH, epoch)])
    yield Run(statements.drop_meta, [(LOADING,)])


def drop_unfinished_load(statements: Statements) -> Script[bool]:
    """Empty the store if a load was cut short; tell whether it was."""
    meta: dict[str, str] = dict((yield Fetch(statements.all[META_TABLE])))
    if LOADING not in meta:
        return False
    for table in reversed(TABLES):
        yield Run(statements.empty[table], [()])
    yield Run(statements.drop_meta, [(LOADING,)])
    return True
