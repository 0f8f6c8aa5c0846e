"""Audit: one record for each change, none for what changed nothing, refusals as such, and never a body."""

import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from app.actor import Actor, Via
from app.core import StoreAccess, build_core
from app.services.audit import PAGE, AuditService
from app.services.persistence import StoreChoice
from protocol.audit import GENESIS, AuditEntry, AuditRecord, first_break, seal
from protocol.errors import ClawNetError, Forbidden
from protocol.requests import (
    ChatDelete,
    ChatHistory,
    ChatTyping,
    PresenceSet,
    RoomCreate,
    RoomInvite,
    RoomKick,
    RoomUpdate,
)
from protocol.roles import Role
from storage.ports import AppendAudit
from tests.app.doors import Doors, open_doors
from tests.fakes import OPERATOR_TOKEN, FlakyStore, Stage, settings_of

CANARY = "canary-in-the-coal-mine"
Doing = Callable[[Stage], Awaitable[object]]


async def send(stage: Stage) -> object:
    return await stage.say(stage.actor("ann"), CANARY, to_type="room", to_id="alpha", key="fresh")


async def delete(stage: Stage) -> object:
    request = ChatDelete(room="alpha", id="said", reason=CANARY)
    return await stage.core.chat.delete(stage.actor("ann"), request)


async def create(stage: Stage) -> object:
    return await stage.core.rooms.create(stage.actor("ann"), RoomCreate(room="beta", topic=CANARY))


async def join(stage: Stage) -> object:
    return await stage.core.rooms.join(stage.actor("eve"), "alpha")


async def leave(stage: Stage) -> object:
    return await stage.core.rooms.leave(stage.actor("bob"), "alpha")


async def invite(stage: Stage) -> object:
    return await stage.core.rooms.invite(stage.actor("ann"), RoomInvite(room="alpha", agent_id="eve"))


async def kick(stage: Stage) -> object:
    return await stage.core.rooms.kick(stage.actor("ann"), RoomKick(room="alpha", agent_id="bob"))


async def update(stage: Stage) -> object:
    return await stage.core.rooms.update(stage.actor("ann"), RoomUpdate(room="alpha", topic=CANARY))


async def destroy(stage: Stage) -> None:
    await stage.core.rooms.delete(stage.operator, "alpha")


async def open_dm(stage: Stage) -> object:
    return await stage.core.rooms.direct(stage.actor("ann"), "eve")


async def enrol(stage: Stage) -> object:
    return await stage.core.people.credentials.enrol(stage.operator, agent_id="cas")


async def rename(stage: Stage) -> object:
    return await stage.core.people.identity.rename(stage.actor("ann"), "ann", "star")


async def promote(stage: Stage) -> object:
    return await stage.core.people.identity.change_role(stage.operator, "ann", Role.WARDEN)


async def issue(stage: Stage) -> object:
    return await stage.core.people.credentials.issue(stage.operator, "ann")


def token_of(stage: Stage, agent_id: str) -> str:
    """Return the id of an agent's first token."""
    return stage.core.people.credentials.listed(stage.operator, agent_id)[0].id


async def rotate(stage: Stage) -> object:
    return await stage.core.people.credentials.rotate(stage.actor("ann"), token_of(stage, "ann"))


async def revoke(stage: Stage) -> object:
    return await stage.core.people.credentials.revoke(stage.actor("ann"), token_of(stage, "ann"))


async def expire(stage: Stage) -> None:
    await stage.core.people.credentials.rotate(stage.actor("ann"), token_of(stage, "ann"), 1)
    stage.clock.advance(2)
    await stage.core.people.credentials.sweep()


async def admit(stage: Stage) -> object:
    application, _ = stage.core.people.admission.apply_for("cas", None, None)
    return await stage.core.people.admission.admit(stage.operator, application.id)


async def deny(stage: Stage) -> object:
    application, _ = stage.core.people.admission.apply_for("cas", None, None)
    return await stage.core.people.admission.deny(stage.operator, application.id)


async def switch(stage: Stage) -> object:
    return await stage.core.keeping.persistence.switch(stage.operator, "memory")


async def prune(stage: Stage) -> object:
    stage.clock.advance(31 * 24 * 3600)
    return await stage.core.keeping.retention.prune()


async def backup(stage: Stage) -> object:
    return [line async for line in await stage.core.keeping.moving.backup(stage.operator)]


async def read_as_warden(stage: Stage) -> object:
    return await stage.core.chat.history(stage.actor("wat"), ChatHistory(room="alpha"))


# What is done, and the records that it leaves: who, what, on what.
CHANGES: list[tuple[Doing, list[tuple[str, str, str]]]] = [
    (send, [("ann", "message.send", "alpha")]),
    (delete, [("ann", "message.delete", "alpha")]),
    (create, [("ann", "room.create", "beta")]),
    (open_dm, [("ann", "room.create", "dm:ann:eve")]),
    (join, [("eve", "room.join", "alpha")]),
    (leave, [("bob", "room.leave", "alpha")]),
    (invite, [("ann", "room.invite", "alpha")]),
    (kick, [("ann", "room.kick", "alpha")]),
    (update, [("ann", "room.update", "alpha")]),
    (destroy, [("operator", "room.delete", "alpha")]),
    (enrol, [("operator", "agent.create", "cas")]),
    (admit, [("operator", "agent.create", "cas")]),
    (deny, [("operator", "agent.deny", "cas")]),
    (rename, [("ann", "handle.change", "ann")]),
    (promote, [("operator", "role.change", "ann")]),
    (issue, [("operator", "token.create", "ann")]),
    (rotate, [("ann", "token.rotate", "ann")]),
    (revoke, [("ann", "token.revoke", "ann")]),
    (expire, [("ann", "token.rotate", "ann"), ("relay", "token.expire", "ann")]),
    (switch, [("operator", "persistence.switch", "memory")]),
    (prune, [("relay", "message.prune", "2026-01-02T00:00:00.000Z")]),
    (backup, [("operator", "store.backup", "")]),
    (read_as_warden, [("wat", "message.read", "alpha")]),
]
# What can be asked twice; the second time changes nothing.
REPEATABLE: list[Doing] = [send, delete, open_dm, join, leave, invite, rename, promote, revoke]


@pytest.fixture
async def stage(stage: Stage, tmp_path: Path) -> Stage:
    """Furnish the stage: ann's room with bob in it, eve outside, and a warden."""
    stage.core.keeping.persistence._choice = StoreChoice(tmp_path)
    for agent_id in ("ann", "bob", "eve"):
        await stage.enrol(agent_id)
    await stage.enrol("wat", Role.WARDEN)
    await stage.core.rooms.create(stage.actor("ann"), RoomCreate(room="alpha", members=["bob"]))
    await stage.say(stage.actor("ann"), CANARY, to_type="room", to_id="alpha", key="said")
    return stage


async def added(stage: Stage, doing: Doing) -> list[AuditRecord]:
    """Do something and return the records that came with it."""
    before = len(await stage.records())
    await doing(stage)
    return (await stage.records())[before:]


def chain(length: int) -> list[AuditRecord]:
    """Seal so many entries, one after the other."""
    records: list[AuditRecord] = []
    for seq in range(1, length + 1):
        entry = AuditEntry(
            ts=f"2026-01-01T00:00:00.{seq:03}Z", actor=f"agent{seq}", via="socket", action="message.send"
        )
        records.append(seal(entry, seq=seq, prev=records[-1].hash if records else GENESIS))
    return records


@pytest.mark.parametrize(("doing", "expected"), CHANGES, ids=lambda each: getattr(each, "__name__", ""))
async def test_every_change_leaves_exactly_its_record(
    stage: Stage, doing: Doing, expected: list[tuple[str, str, str]]
) -> None:
    records = await added(stage, doing)

    assert [(record.actor, record.action, record.target) for record in records] == expected
    assert {record.result for record in records} == {"ok"}


@pytest.mark.parametrize("doing", REPEATABLE, ids=lambda doing: doing.__name__)
async def test_what_is_asked_again_and_changes_nothing_leaves_no_record(stage: Stage, doing: Doing) -> None:
    await doing(stage)

    assert await added(stage, doing) == []


async def test_first_message_to_a_peer_leaves_a_record_for_the_room_and_one_for_itself(stage: Stage) -> None:
    async def whisper(stage: Stage) -> object:
        return await stage.say(stage.actor("ann"), to_type="dm", to_id="eve")

    records = await added(stage, whisper)

    assert [record.action for record in records] == ["room.create", "message.send"]


async def test_what_is_not_stored_is_not_recorded(stage: Stage) -> None:
    async def pass_by(stage: Stage) -> object:
        stage.core.chat.typing(stage.actor("ann"), ChatTyping(to_type="global", to_id="global", typing=True))
        stage.core.people.presence.choose("ann", PresenceSet(status="idle"))
        stage.core.rooms.visible_to(stage.actor("ann"))
        await stage.core.chat.history(stage.actor("ann"), ChatHistory(room="alpha"))
        return stage.core.rooms.see(stage.actor("ann"), "alpha")

    assert await added(stage, pass_by) == []


async def test_record_says_who_by_what_door_from_where_and_when(stage: Stage) -> None:
    actor = replace(stage.actor("ann"), via=Via.REST, address="192.0.2.9")
    stage.clock.advance(5)

    sent = await stage.say(actor, "hello")

    record = (await stage.records())[-1]
    assert (record.actor, record.via, record.address) == ("ann", "rest", "192.0.2.9")
    assert record.ts == sent.ts == "2026-01-01T00:00:05.000Z"


async def test_record_of_a_message_names_it_by_id_size_and_hash(stage: Stage) -> None:
    (record,) = await added(stage, send)

    assert set(record.detail) == {"id", "size", "sha256"}
    assert record.detail["id"] == "fresh"
    assert len(str(record.detail["sha256"])) == 64


async def test_record_of_a_change_says_what_was_before(stage: Stage) -> None:
    (renamed,) = await added(stage, rename)
    (promoted,) = await added(stage, promote)

    assert renamed.detail == {"before": "ann", "after": "star"}
    assert promoted.detail == {"before": "worker", "after": "warden"}


async def test_no_record_holds_what_was_said_or_a_secret(stage: Stage) -> None:
    issued = await stage.core.people.credentials.enrol(stage.operator, agent_id="dee")
    harmless = [doing for doing, _ in CHANGES if doing not in {destroy, revoke, kick, leave}]
    for doing in harmless:
        # Some of it is done already by the time that it is its turn.
        with suppress(ClawNetError):
            await doing(stage)

    text = "".join(record.model_dump_json() for record in await stage.records())
    assert text
    assert CANARY not in text
    assert issued.text.split("_")[2] not in text
    assert OPERATOR_TOKEN not in text


async def test_message_that_the_store_refused_is_not_recorded(stage: Stage) -> None:
    await send(stage)

    async def clash(stage: Stage) -> object:
        with pytest.raises(ClawNetError):
            await stage.say(stage.actor("ann"), "other", to_type="room", to_id="alpha", key="fresh")
        return None

    assert await added(stage, clash) == []


async def test_change_and_its_record_are_one_write(stage: Stage, store: FlakyStore) -> None:
    store.batches.clear()

    await send(stage)

    (batch,) = store.batches
    (write,) = batch
    assert [type(op).__name__ for op in write] == ["Append", "AppendAudit"]


async def test_refusal_over_a_socket_is_recorded_as_denied(stage: Stage) -> None:
    doors = Doors(stage)
    actor = replace(stage.actor("wat"), address="192.0.2.9")

    async def speak(_: Stage) -> object:
        return await doors.socket(actor, "room_create", {"room": "mine", "topic": CANARY})

    (record,) = await added(stage, speak)

    assert (record.actor, record.action, record.result) == ("wat", "room_create", "denied")
    assert (record.via, record.address, record.detail) == ("socket", "192.0.2.9", {"code": "forbidden"})


async def test_refusal_over_rest_is_recorded_as_denied(stage: Stage) -> None:
    doors = Doors(stage)
    issued = await stage.core.people.credentials.issue(stage.operator, "ann")

    async def delete_room(_: Stage) -> object:
        return await doors.rest("DELETE", "/v1/rooms/alpha", token=issued.text)

    (record,) = await added(stage, delete_room)

    assert (record.actor, record.via, record.result) == ("ann", "rest", "denied")
    assert record.action.startswith("DELETE ")
    assert record.address == "192.0.2.7"


async def test_wrong_token_over_rest_is_recorded_without_the_token(stage: Stage) -> None:
    doors = Doors(stage)

    async def guess(_: Stage) -> object:
        return await doors.rest("GET", "/v1/rooms", token="clw_operator_guessed")

    (record,) = await added(stage, guess)

    assert (record.actor, record.action, record.result) == ("", "rest.authenticate", "denied")
    assert (record.address, record.detail) == ("192.0.2.7", {"code": "unauthenticated"})
    assert "guessed" not in record.model_dump_json()


async def test_refusal_does_not_wait_for_its_record(stage: Stage, store: FlakyStore) -> None:
    doors = Doors(stage)
    store.open.clear()

    answer = await doors.socket(stage.actor("wat"), "room_create", {"room": "mine"})
    store.open.set()

    assert answer["error"]["code"] == "forbidden"
    assert (await stage.records())[-1].result == "denied"


async def test_event_without_a_name_is_recorded_within_bounds(stage: Stage) -> None:
    audit = stage.core.base.audit

    audit.refused(None, "x" * 500, Forbidden("no"), None)

    assert len((await stage.records())[-1].action) == 64


async def test_trail_is_read_by_masters_and_wardens_only(stage: Stage) -> None:
    audit = stage.core.base.audit
    actor = Actor("eve", "eve", Role.WORKER, Via.REST)

    with pytest.raises(Forbidden):
        await audit.page(actor)
    with pytest.raises(Forbidden):
        await audit.verify(actor)

    assert await audit.page(stage.actor("wat"))
    assert (await audit.verify(stage.operator))[1] is None


async def test_pages_of_the_trail_join_without_a_seam(stage: Stage) -> None:
    audit = stage.core.base.audit
    whole = await stage.records()

    first = await audit.page(stage.operator, limit=3)
    rest = await audit.page(stage.operator, after=first[-1].seq, limit=1000)
    last = await audit.page(stage.operator, before=whole[-1].seq + 1, limit=2)

    assert first + rest == whole
    assert last == whole[-2:]


async def fill(stage: Stage, count: int) -> AuditService:
    """Make the trail longer than a page."""
    entry = AuditEntry(ts="2026-01-01T00:00:00.000Z", actor="ann", via="rest", action="message.send")
    await stage.core.base.journal.write(*[AppendAudit(entry)] * count)
    return stage.core.base.audit


async def test_trail_that_nobody_touched_holds(stage: Stage) -> None:
    audit = await fill(stage, 2 * PAGE + 10)

    head, found = await audit.verify(stage.operator)

    assert (head, found) == (len(await stage.records()), None)


@pytest.mark.parametrize("place", [1, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, 2 * PAGE + 5])
async def test_record_that_was_changed_is_found_wherever_it_stands(
    stage: Stage, store: FlakyStore, place: int
) -> None:
    audit = await fill(stage, 2 * PAGE + 10)
    store._audit[place - 1] = store._audit[place - 1].model_copy(update={"actor": "eve"})

    _, found = await audit.verify(stage.operator)

    assert found is not None
    assert found.seq == place


@pytest.mark.parametrize("place", [PAGE - 1, PAGE, PAGE + 1])
async def test_record_that_was_changed_and_sealed_anew_is_found_by_the_next_one(
    stage: Stage, store: FlakyStore, place: int
) -> None:
    audit = await fill(stage, 2 * PAGE + 10)
    old = store._audit[place - 1]
    entry = AuditEntry(**old.model_dump(exclude={"seq", "prev", "hash"}) | {"actor": "eve"})
    store._audit[place - 1] = seal(entry, seq=old.seq, prev=old.prev)

    _, found = await audit.verify(stage.operator)

    assert found is not None
    assert found.seq == place + 1


async def test_trail_goes_on_over_a_restart(stage: Stage, store: FlakyStore) -> None:
    again = build_core(
        settings_of(), store=store, clock=stage.clock, access=StoreAccess.to_memory(settings_of())
    )
    await again.start(OPERATOR_TOKEN)

    _, found = await again.base.audit.verify(stage.operator)
    await again.stop()

    assert found is None


def flip(records: list[AuditRecord], dice: random.Random) -> None:
    """Change one character of one field of one record."""
    place = dice.randrange(len(records))
    field = dice.choice(["ts", "actor", "via", "action", "prev", "hash"])
    text = str(getattr(records[place], field))
    at = dice.randrange(len(text))
    other = dice.choice([each for each in "0123456789abcdefxyz" if each != text[at]])
    records[place] = records[place].model_copy(update={field: text[:at] + other + text[at + 1 :]})


def cut_out(records: list[AuditRecord], dice: random.Random) -> None:
    """Delete a record other than the first, which a chain may lose."""
    del records[dice.randrange(1, len(records))]


def slip_in(records: list[AuditRecord], dice: random.Random) -> None:
    """Insert a well-sealed record between two others."""
    place = dice.randrange(1, len(records) + 1)
    entry = AuditEntry(ts="2026-01-01T00:00:00.000Z", actor="eve", via="rest", action="room.delete")
    records.insert(place, seal(entry, seq=place + 1, prev=records[place - 1].hash))


def swap(records: list[AuditRecord], dice: random.Random) -> None:
    """Let two records change places."""
    one, other = dice.sample(range(len(records)), 2)
    records[one], records[other] = records[other], records[one]


def truncate(records: list[AuditRecord], dice: random.Random) -> None:
    """Cut the end off."""
    del records[dice.randrange(len(records)) :]


@pytest.mark.parametrize("mutate", [flip, cut_out, slip_in, swap, truncate], ids=lambda each: each.__name__)
def test_each_of_a_thousand_random_mutations_is_found(
    mutate: Callable[[list[AuditRecord], random.Random], None],
) -> None:
    whole = chain(20)
    head = (whole[-1].seq, whole[-1].hash)
    missed = []
    for seed in range(1000):
        records = list(whole)
        mutate(records, random.Random(seed))
        missed += [seed] * (first_break(records, head=head) is None)

    assert missed == []
    assert first_break(whole, head=head) is None


async def test_export_is_recorded_before_its_first_line(stage: Stage) -> None:
    doors = await open_doors(stage)
    issued = await stage.core.people.credentials.issue(stage.operator, "operator")

    answer = await doors.rest("GET", "/v1/audit/export", token=issued.text)

    lines = [AuditRecord.model_validate_json(line) for line in answer.text.splitlines()]
    assert lines[-1].action == "audit.export"
    assert first_break(lines) is None
    assert lines == await stage.records()


async def test_nobody_sends_in_the_name_of_another(stage: Stage) -> None:
    doors = Doors(stage)
    body = {"to_type": "global", "to_id": "global", "payload": {"text": "x"}, "from_id": "operator"}

    async def pose(_: Stage) -> object:
        answer = await doors.socket(stage.actor("ann"), "chat_send", body)
        assert answer["error"]["code"] == "invalid_request"
        return answer

    assert await added(stage, pose) == []
