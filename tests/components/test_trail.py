"""The trail is searched from its end, in slices, and exported as it was when that was asked for."""

import pytest

from components import trail as module
from components.trail import Filter, Trail
from protocol.audit import AuditRecord, first_break
from protocol.errors import Forbidden, Unauthenticated
from protocol.roles import Role
from tests.components.conftest import SignIn
from tests.fakes import Stage


def a_record(**changes: object) -> AuditRecord:
    fields = {
        "seq": 1,
        "ts": "2026-01-01T00:00:00.000Z",
        "actor": "Ann",
        "via": "rest",
        "prev": "",
        "hash": "",
    }
    return AuditRecord.model_validate(
        fields | {"action": "role.change", "target": "bob", "detail": {"after": "warden"}} | changes
    )


@pytest.mark.parametrize(
    "wanted",
    [
        Filter(),
        Filter(actor="ann"),
        Filter(action="role."),
        Filter(action="ROLE"),
        Filter(target="BO"),
        Filter(text="warden"),
        Filter(text="after warden"),
        Filter(actor="a", action="role", target="b", text="ok"),
        Filter(result="OK"),
        Filter(since="2026-01-01T00:00", till="2026-01-01T00:00"),
        Filter(since="2025", till="2026"),
    ],
)
def test_a_record_passes_what_it_has(wanted: Filter) -> None:
    assert wanted.passes(a_record())


@pytest.mark.parametrize(
    "wanted",
    [
        Filter(actor="bob"),
        Filter(action="change"),
        Filter(target="x"),
        Filter(text="master"),
        Filter(result="denied"),
        Filter(since="2026-01-01T00:01"),
        Filter(till="2025-12-31T23:59"),
    ],
)
def test_a_record_does_not_pass_what_it_lacks(wanted: Filter) -> None:
    assert not wanted.passes(a_record())


def test_a_filter_is_read_from_an_address_and_told_back() -> None:
    wanted = Filter.of({"actor": " ann ", "action": "", "x": "y", "text": "z" * 1_000})

    assert wanted.told() == {"actor": "ann", "text": "z" * 128}


async def test_a_search_ends_where_older_records_begin(sign_in: SignIn, stage: Stage) -> None:
    stage.clock.advance(3_600)
    trail = await sign_in(Trail)
    await stage.enrol("ann")

    found = await trail.search(Filter(since="2026-01-01T01:00"))

    assert [record.action for record in found.records] == ["agent.create"]
    assert not found.more


async def test_the_newest_come_first_page_by_page(
    sign_in: SignIn, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SLICE", 3)
    trail = await sign_in(Trail)
    await stage.say_many(stage.operator, 10)
    newest = await trail.newest()

    first = await trail.search(Filter(), limit=4)
    rest = await trail.search(Filter(), before=first.searched, limit=100)

    shown = [record.seq for record in (*first.records, *rest.records)]
    assert shown == list(range(newest, 0, -1))
    assert (first.more, rest.more) == (True, False)


async def test_a_page_that_ends_with_the_first_record_has_nothing_after_it(
    sign_in: SignIn, stage: Stage
) -> None:
    trail = await sign_in(Trail)
    newest = await trail.newest()

    found = await trail.search(Filter(), limit=newest)

    assert (len(found.records), found.more) == (newest, False)
    assert stage.operator.role is Role.MASTER


async def test_a_search_without_success_stops_and_says_how_far_it_came(
    sign_in: SignIn, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SLICE", 2)
    monkeypatch.setattr(module, "SEARCHED", 4)
    trail = await sign_in(Trail)
    await stage.say_many(stage.operator, 10)
    newest = await trail.newest()

    found = await trail.search(Filter(action="agent.create"))
    assert (found.records, found.searched, found.more) == ([], newest - 3, True)
    while found.more:
        found = await trail.search(Filter(action="agent.create"), before=found.searched)
    assert [record.target for record in found.records] == ["operator"]


async def test_the_chain_is_checked_up_to_a_head_that_is_told(sign_in: SignIn, stage: Stage) -> None:
    trail = await sign_in(Trail)
    await stage.say(stage.operator)
    last = (await stage.records())[-1]

    verdict = await trail.verify()

    assert (verdict.head, verdict.hash, verdict.oldest) == (last.seq, last.hash, 1)
    assert verdict.broken is None


async def test_a_changed_record_is_found(
    sign_in: SignIn, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    trail = await sign_in(Trail)
    await stage.say_many(stage.operator, 3)
    store = stage.core.base.store
    kept = await store.audit(limit=100)
    forged = [each.model_copy(update={"actor": "eve"}) if each.seq == 2 else each for each in kept]

    async def audit(*, after: int = 0, before: int | None = None, limit: int) -> list[AuditRecord]:
        return [each for each in forged if each.seq > after and (before is None or each.seq < before)][:limit]

    monkeypatch.setattr(stage.core.base.audit._log, "audit", audit, raising=False)
    verdict = await trail.verify()

    assert verdict.broken is not None
    assert verdict.broken.seq == 2


async def test_an_export_is_a_chain_ends_where_it_was_asked_and_is_recorded(
    sign_in: SignIn, stage: Stage
) -> None:
    trail = await sign_in(Trail)
    await stage.say_many(stage.operator, 5)
    until = await trail.newest() - 1

    records = [record async for record in await trail.export(Filter(), until)]

    assert [record.seq for record in records] == list(range(1, until + 1))
    assert first_break(records) is None
    last = (await stage.records())[-1]
    assert (last.action, last.detail) == ("audit.export", {"until": until})


async def test_an_export_holds_what_passes_and_not_itself(sign_in: SignIn, stage: Stage) -> None:
    trail = await sign_in(Trail)
    await stage.enrol("ann")
    wanted = Filter(target="ann")

    records = [record async for record in await trail.export(wanted, module.END)]

    assert [record.action for record in records] == ["agent.create"]
    assert (await stage.records())[-1].detail["only_target"] == "ann"


async def test_a_warden_reads_and_who_is_gone_does_not(
    sign_in: SignIn, stage: Stage, warden_token: str
) -> None:
    trail = await sign_in(Trail, warden_token)
    found = await trail.search(Filter())
    await stage.core.people.identity.change_role(stage.operator, "eye", Role.WORKER)

    assert found.records
    with pytest.raises((Forbidden, Unauthenticated)):
        await trail.search(Filter())
    with pytest.raises(Unauthenticated):
        await trail.newest()
