"""The audit trail: refusals in it, who reads it, and that every later change of it shows."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from app.actor import Actor, Via
from app.core import build_core
from app.keeping import StoreAccess
from app.services.audit import PAGE, AuditService
from protocol.audit import GENESIS, AuditEntry, AuditRecord, first_break, seal
from protocol.errors import Forbidden
from protocol.roles import Role
from storage.ports import AppendAudit
from tests.app.doors import Doors, open_doors
from tests.app.services.deeds import CANARY, added, furnish
from tests.fakes import OPERATOR_TOKEN, FlakyStore, Stage, settings_of


@pytest.fixture
async def stage(stage: Stage, tmp_path: Path) -> Stage:
    """Furnish the stage."""
    return await furnish(stage, tmp_path)


def chain(length: int) -> list[AuditRecord]:
    """Seal so many entries, one after the other."""
    records: list[AuditRecord] = []
    for seq in range(1, length + 1):
        entry = AuditEntry(
            ts=f"2026-01-01T00:00:00.{seq:03}Z", actor=f"agent{seq}", via="socket", action="message.send"
        )
        records.append(seal(entry, seq=seq, prev=records[-1].hash if records else GENESIS))
    return records


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


def falsify(store: FlakyStore, record: AuditRecord) -> None:
    """Put a record in the place of the one with its number."""
    store._audit._lines[record.seq - 1] = orjson.dumps(record.__dict__)


async def test_trail_that_nobody_touched_holds(stage: Stage) -> None:
    audit = await fill(stage, 2 * PAGE + 10)

    head, found = await audit.verify(stage.operator)

    assert (head, found) == (len(await stage.records()), None)


@pytest.mark.parametrize("place", [1, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, 2 * PAGE + 5])
async def test_record_that_was_changed_is_found_wherever_it_stands(
    stage: Stage, store: FlakyStore, place: int
) -> None:
    audit = await fill(stage, 2 * PAGE + 10)
    (old,) = store._audit.page(place - 1, None, 1)
    falsify(store, old.model_copy(update={"actor": "eve"}))

    _, found = await audit.verify(stage.operator)

    assert found is not None
    assert found.seq == place


@pytest.mark.parametrize("place", [PAGE - 1, PAGE, PAGE + 1])
async def test_record_that_was_changed_and_sealed_anew_is_found_by_the_next_one(
    stage: Stage, store: FlakyStore, place: int
) -> None:
    audit = await fill(stage, 2 * PAGE + 10)
    (old,) = store._audit.page(place - 1, None, 1)
    entry = AuditEntry(**old.model_dump(exclude={"seq", "prev", "hash"}) | {"actor": "eve"})
    falsify(store, seal(entry, seq=old.seq, prev=old.prev))

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


def forge(records: list[AuditRecord], dice: random.Random) -> None:
    """Put another entry in the place of a record and seal it as if it belonged there."""
    place = dice.randrange(len(records))
    old = records[place]
    entry = AuditEntry(ts=old.ts, actor="eve", via=old.via, action=old.action)
    records[place] = seal(entry, seq=old.seq, prev=old.prev)


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


@pytest.mark.parametrize(
    "mutate", [flip, forge, cut_out, slip_in, swap, truncate], ids=lambda each: each.__name__
)
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
