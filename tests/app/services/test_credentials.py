"""Credentials: what is kept of tokens, how long they open the door, and what is shut when they do not."""

import asyncio
import hashlib
import hmac
import re
from collections.abc import Callable

import pytest

from app.actor import Actor, Via
from app.core import build_core
from app.events import TokenClosed
from app.services.credentials import MAX_OVERLAP, MAX_TOKENS, CredentialService, Issued
from protocol.errors import Conflict, Forbidden, InvalidRequest, NotFound, Unauthenticated, Unavailable
from protocol.roles import Role
from protocol.tokens import TokenState
from tests.fakes import OPERATOR_TOKEN, Ear, FakeClock, FakeWire, FlakyStore, Stage, settings_of, turns

HOUR = 3600.0


@pytest.fixture
def credentials(stage: Stage) -> CredentialService:
    return stage.core.people.credentials


@pytest.fixture
async def issued(stage: Stage, credentials: CredentialService) -> Issued:
    """Enrol ann."""
    return await credentials.enrol(stage.operator, agent_id="ann")


async def opens(credentials: CredentialService, token: str) -> bool:
    """Tell whether a token opens the door."""
    try:
        await credentials.authenticate(token, Via.SOCKET)
    except Unauthenticated:
        return False
    return True


async def connect(stage: Stage, token: str, link: str) -> FakeWire:
    """Open a connection with a token."""
    actor = await stage.core.people.credentials.authenticate(token, Via.SOCKET)
    wire = FakeWire()
    await stage.core.readers.delivery.attach(link, actor, wire, None)
    stage.core.readers.delivery.begin(link)
    return wire


def closed(ear: Ear) -> list[tuple[str, str]]:
    """Return which tokens were shut, and why."""
    return [(fact.token_id, fact.why) for fact in ear.facts if isinstance(fact, TokenClosed)]


def test_token_has_the_form_of_a_token(issued: Issued) -> None:
    match = re.fullmatch(r"clw_([0-9a-f]{16})_([0-9a-f]{64})", issued.text)

    assert match
    assert match[1] == issued.token.id


async def test_of_a_token_only_its_digest_is_kept(issued: Issued, store: FlakyStore, stage: Stage) -> None:
    secret = issued.text.split("_")[2]

    records = {record.id: record for record in await store.tokens()}

    assert records[issued.token.id].digest == hashlib.sha256(secret.encode()).digest()
    dump = repr([record async for record in store.dump()])
    assert secret not in dump
    assert secret not in repr(await stage.records())


def test_list_shows_neither_secret_nor_digest(
    issued: Issued, stage: Stage, credentials: CredentialService
) -> None:
    (info,) = credentials.listed(stage.operator, "ann")

    assert "digest" not in info.model_dump()
    assert issued.text.split("_")[2] not in info.model_dump_json()


@pytest.mark.parametrize(
    "forge",
    [
        lambda text: text[:-1] + ("0" if text[-1] != "0" else "1"),
        lambda text: text + "0",
        lambda text: "clw_0000000000000000_" + text.split("_")[2],
        lambda _: "what is no token at all",
        lambda _: "",
    ],
    ids=["wrong secret", "longer secret", "unknown id", "no token", "nothing"],
)
async def test_every_wrong_token_costs_one_comparison_of_two_digests(
    issued: Issued,
    credentials: CredentialService,
    monkeypatch: pytest.MonkeyPatch,
    forge: Callable[[str], str],
) -> None:
    compared: list[tuple[int, int]] = []
    compare = hmac.compare_digest

    def noted(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return compare(one, other)

    monkeypatch.setattr(hmac, "compare_digest", noted)

    with pytest.raises(Unauthenticated, match="not valid"):
        await credentials.authenticate(forge(issued.text), Via.SOCKET)

    assert compared == [(32, 32)]


async def test_agent_may_have_several_tokens(
    issued: Issued, stage: Stage, credentials: CredentialService
) -> None:
    second = await credentials.issue(stage.operator, "ann")

    actors = [await credentials.authenticate(each.text, Via.SOCKET) for each in (issued, second)]

    assert [actor.agent_id for actor in actors] == ["ann", "ann"]
    assert [actor.token_id for actor in actors] == [issued.token.id, second.token.id]


@pytest.mark.usefixtures("issued")
async def test_number_of_tokens_is_bounded(stage: Stage, credentials: CredentialService) -> None:
    for _ in range(MAX_TOKENS - 1):
        await credentials.issue(stage.operator, "ann")

    with pytest.raises(Conflict):
        await credentials.issue(stage.operator, "ann")


@pytest.mark.usefixtures("issued")
async def test_number_of_tokens_is_bounded_although_all_are_asked_for_at_once(
    stage: Stage, credentials: CredentialService
) -> None:
    issues = [credentials.issue(stage.operator, "ann") for _ in range(2 * MAX_TOKENS)]
    await asyncio.gather(*issues, return_exceptions=True)

    assert len(credentials.listed(stage.operator, "ann")) == MAX_TOKENS


async def test_number_of_tokens_is_bounded_for_who_rotates_one_again_and_again(
    issued: Issued, stage: Stage, credentials: CredentialService
) -> None:
    ann = stage.actor("ann")
    rotations = [credentials.rotate(ann, issued.token.id, HOUR) for _ in range(2 * MAX_TOKENS)]
    await asyncio.gather(*rotations, return_exceptions=True)

    valid = [info for info in credentials.listed(ann, "ann") if info.state is TokenState.VALID]
    assert len(valid) == MAX_TOKENS


async def test_tokens_that_open_nothing_do_not_count(
    issued: Issued, stage: Stage, credentials: CredentialService, clock: FakeClock
) -> None:
    for _ in range(MAX_TOKENS - 2):
        await credentials.issue(stage.operator, "ann", lifetime=60)
    await credentials.revoke(stage.operator, issued.token.id)
    clock.advance(61)

    for _ in range(MAX_TOKENS):
        await credentials.issue(stage.operator, "ann")


async def test_list_says_how_each_token_stands(
    issued: Issued, stage: Stage, credentials: CredentialService, clock: FakeClock
) -> None:
    short = await credentials.issue(stage.operator, "ann", lifetime=60)
    taken = await credentials.issue(stage.operator, "ann")
    await credentials.revoke(stage.operator, taken.token.id)
    clock.advance(60)

    states = {info.id: info.state for info in credentials.listed(stage.operator, "ann")}

    assert states == {
        issued.token.id: TokenState.VALID,
        short.token.id: TokenState.EXPIRED,
        taken.token.id: TokenState.REVOKED,
    }


@pytest.mark.usefixtures("issued")
async def test_token_lasts_as_long_as_was_said_and_no_longer(
    stage: Stage, credentials: CredentialService, clock: FakeClock
) -> None:
    short = await credentials.issue(stage.operator, "ann", lifetime=60)

    clock.advance(59.999)
    before = await opens(credentials, short.text)
    clock.advance(0.001)

    assert before
    assert not await opens(credentials, short.text)


async def test_both_tokens_open_the_door_while_they_overlap(
    issued: Issued, stage: Stage, credentials: CredentialService, clock: FakeClock
) -> None:
    fresh = await credentials.rotate(stage.actor("ann"), issued.token.id, HOUR)
    clock.advance(HOUR - 1)

    assert await opens(credentials, issued.text)
    assert await opens(credentials, fresh.text)


async def test_after_the_overlap_the_old_token_opens_nothing_and_what_it_opened_is_shut(
    issued: Issued, stage: Stage, credentials: CredentialService, clock: FakeClock, ear: Ear
) -> None:
    old = await connect(stage, issued.text, "old")
    fresh = await credentials.rotate(stage.actor("ann"), issued.token.id, HOUR)
    new = await connect(stage, fresh.text, "new")
    clock.advance(HOUR)

    refused_at_once = not await opens(credentials, issued.text)
    await credentials.sweep()

    assert refused_at_once
    assert [why.reason for why in old.closings] == ["expired"]
    assert new.closings == []
    assert closed(ear) == [(issued.token.id, "expired")]


async def test_rotation_without_overlap_shuts_the_old_token_at_once(
    issued: Issued, stage: Stage, credentials: CredentialService
) -> None:
    wire = await connect(stage, issued.text, "old")

    fresh = await credentials.rotate(stage.actor("ann"), issued.token.id, 0)

    assert not await opens(credentials, issued.text)
    assert await opens(credentials, fresh.text)
    assert [why.reason for why in wire.closings] == ["expired"]


@pytest.mark.parametrize("overlap", [-1, MAX_OVERLAP + 1, float("inf"), float("nan")])
async def test_overlap_has_its_bounds(
    issued: Issued, stage: Stage, credentials: CredentialService, overlap: float
) -> None:
    with pytest.raises(InvalidRequest):
        await credentials.rotate(stage.actor("ann"), issued.token.id, overlap)

    assert len(credentials.listed(stage.operator, "ann")) == 1


@pytest.mark.usefixtures("issued")
async def test_overlap_does_not_lengthen_the_life_of_the_old_token(
    stage: Stage, credentials: CredentialService, clock: FakeClock
) -> None:
    short = await credentials.issue(stage.operator, "ann", lifetime=60)

    await credentials.rotate(stage.actor("ann"), short.token.id, HOUR)
    clock.advance(61)

    assert not await opens(credentials, short.text)


async def test_agent_with_all_its_tokens_may_still_exchange_one(
    issued: Issued, stage: Stage, credentials: CredentialService
) -> None:
    for _ in range(MAX_TOKENS - 1):
        await credentials.issue(stage.operator, "ann")

    fresh = await credentials.rotate(stage.actor("ann"), issued.token.id, 0)

    assert await opens(credentials, fresh.text)


async def test_token_that_was_taken_back_is_not_rotated_into_a_new_one(
    issued: Issued, stage: Stage, credentials: CredentialService
) -> None:
    await credentials.revoke(stage.operator, issued.token.id)

    with pytest.raises(Conflict):
        await credentials.rotate(stage.actor("ann"), issued.token.id)

    assert len(credentials.listed(stage.operator, "ann")) == 1


@pytest.mark.usefixtures("issued")
async def test_token_that_has_run_out_is_not_rotated_into_a_new_one(
    stage: Stage, credentials: CredentialService, clock: FakeClock
) -> None:
    short = await credentials.issue(stage.operator, "ann", lifetime=60)
    clock.advance(61)

    with pytest.raises(Conflict):
        await credentials.rotate(stage.actor("ann"), short.token.id)


async def test_revoked_token_opens_nothing_and_what_it_opened_is_shut_at_once(
    issued: Issued, stage: Stage, credentials: CredentialService, ear: Ear
) -> None:
    first, second = [await connect(stage, issued.text, link) for link in ("one", "two")]
    other = await credentials.issue(stage.operator, "ann")
    third = await connect(stage, other.text, "three")

    info = await credentials.revoke(stage.operator, issued.token.id)

    assert info.state is TokenState.REVOKED
    assert not await opens(credentials, issued.text)
    assert closed(ear) == [(issued.token.id, "revoked")]
    for wire in (first, second):
        assert [(why.code, why.retryable, why.reason) for why in wire.closings] == [
            ("unauthenticated", False, "revoked")
        ]
    assert third.closings == []


async def test_connection_that_was_shut_gets_nothing_more(
    issued: Issued, stage: Stage, credentials: CredentialService
) -> None:
    wire = await connect(stage, issued.text, "one")
    await credentials.revoke(stage.operator, issued.token.id)
    wire.forget()

    await stage.say(stage.operator)
    await stage.pass_time(11)

    assert wire.sent == []
    assert len(stage.core.readers.connections) == 0


async def test_second_revocation_changes_nothing(
    issued: Issued, stage: Stage, credentials: CredentialService, clock: FakeClock, ear: Ear
) -> None:
    first = await credentials.revoke(stage.operator, issued.token.id)
    clock.advance(60)

    again = await credentials.revoke(stage.operator, issued.token.id)
    await credentials.sweep()

    assert again == first
    assert len(closed(ear)) == 1


async def test_expiry_shuts_what_a_token_opened_once(
    issued: Issued, stage: Stage, credentials: CredentialService, clock: FakeClock, ear: Ear
) -> None:
    short = await credentials.issue(stage.operator, "ann", lifetime=60)
    wire = await connect(stage, short.text, "short")
    lasting = await connect(stage, issued.text, "lasting")
    clock.advance(60)

    await credentials.sweep()
    await credentials.sweep()

    assert [why.reason for why in wire.closings] == ["expired"]
    assert lasting.closings == []
    assert closed(ear) == [(short.token.id, "expired")]


@pytest.mark.usefixtures("issued")
async def test_expiry_that_could_not_be_stored_is_made_up_for(
    stage: Stage, credentials: CredentialService, clock: FakeClock, store: FlakyStore, ear: Ear
) -> None:
    short = await credentials.issue(stage.operator, "ann", lifetime=60)
    clock.advance(60)
    store.failure = Unavailable("away")
    with pytest.raises(Unavailable):
        await credentials.sweep()
    store.failure = None

    await credentials.sweep()

    assert closed(ear) == [(short.token.id, "expired")]


async def test_revocation_that_could_not_be_stored_is_none(
    issued: Issued, stage: Stage, credentials: CredentialService, store: FlakyStore, ear: Ear
) -> None:
    store.failure = Unavailable("away")
    with pytest.raises(Unavailable):
        await credentials.revoke(stage.operator, issued.token.id)
    still = await opens(credentials, issued.text)
    store.failure = None

    await credentials.revoke(stage.operator, issued.token.id)

    assert still
    assert not await opens(credentials, issued.text)
    assert closed(ear) == [(issued.token.id, "revoked")]


async def test_relay_sweeps_by_itself(
    stage: Stage, issued: Issued, credentials: CredentialService, clock: FakeClock
) -> None:
    short = await credentials.issue(stage.operator, issued.agent.id, lifetime=60)
    wire = await connect(stage, short.text, "short")
    clock.advance(60)

    async with asyncio.timeout(5):
        while not wire.closings:  # noqa: ASYNC110 - the relay looks once a second
            await asyncio.sleep(0.02)

    assert wire.closings[0].reason == "expired"


async def test_last_use_and_its_address_are_noted_and_stored(
    issued: Issued, stage: Stage, credentials: CredentialService, clock: FakeClock, store: FlakyStore
) -> None:
    clock.advance(5)

    await credentials.authenticate(issued.text, Via.SOCKET, "192.0.2.1")
    await credentials.sweep()

    (info,) = credentials.listed(stage.operator, "ann")
    (kept,) = [record for record in await store.tokens() if record.agent_id == "ann"]
    noted = ("2026-01-01T00:00:05.000Z", "192.0.2.1")
    assert (info.last_used_at, info.last_address) == noted
    assert (kept.last_used_at, kept.last_address) == noted


async def test_wrong_secret_is_no_use(issued: Issued, stage: Stage, credentials: CredentialService) -> None:
    await opens(credentials, issued.text + "0")

    assert credentials.listed(stage.operator, "ann")[0].last_used_at is None


async def test_note_of_a_use_does_not_undo_a_revocation(
    issued: Issued, stage: Stage, credentials: CredentialService, store: FlakyStore
) -> None:
    store.open.clear()
    revocation = asyncio.ensure_future(  # noqa: TID251
        credentials.revoke(stage.operator, issued.token.id)
    )
    await turns()
    await opens(credentials, issued.text)
    sweep = asyncio.ensure_future(credentials.sweep())  # noqa: TID251
    await turns()
    store.open.set()
    await asyncio.gather(revocation, sweep)

    (kept,) = [record for record in await store.tokens() if record.agent_id == "ann"]
    assert kept.revoked_at is not None
    assert not await opens(credentials, issued.text)


async def test_role_is_the_one_of_the_moment(
    issued: Issued, stage: Stage, credentials: CredentialService
) -> None:
    before = credentials.actor_of(issued.token.id, Via.SOCKET)

    await stage.core.people.identity.change_role(stage.operator, "ann", Role.WARDEN)

    after = credentials.actor_of(issued.token.id, Via.SOCKET)
    assert [actor.role for actor in (before, after) if actor] == [Role.WORKER, Role.WARDEN]


async def test_token_that_is_no_more_has_no_authority(
    issued: Issued, stage: Stage, credentials: CredentialService
) -> None:
    await credentials.revoke(stage.operator, issued.token.id)

    assert credentials.actor_of(issued.token.id, Via.SOCKET) is None
    assert credentials.actor_of("nothing", Via.SOCKET) is None


@pytest.mark.parametrize("operation", ["rotate", "revoke"])
@pytest.mark.parametrize("role", [Role.WORKER, Role.WARDEN])
async def test_token_of_another_is_not_found(
    issued: Issued, stage: Stage, credentials: CredentialService, role: Role, operation: str
) -> None:
    eve = await stage.enrol("eve", role)
    ask = getattr(credentials, operation)

    with pytest.raises(NotFound) as refusal:
        await ask(eve, issued.token.id)
    with pytest.raises(NotFound) as nothing:
        await ask(eve, "0000000000000000")

    assert refusal.value.body() == nothing.value.body()
    assert await opens(credentials, issued.text)


@pytest.mark.parametrize("agent_id", ["ann", None, "nobody"])
async def test_tokens_of_others_are_not_listed(
    issued: Issued, stage: Stage, credentials: CredentialService, agent_id: str | None
) -> None:
    eve = await stage.enrol("eve")

    with pytest.raises(Forbidden):
        credentials.listed(eve, agent_id)

    assert [info.agent_id for info in credentials.listed(eve, "eve")] == ["eve"]
    assert issued.token.id in {info.id for info in credentials.listed(stage.operator)}


async def test_only_masters_give_further_tokens(issued: Issued, credentials: CredentialService) -> None:
    ann = Actor("ann", "ann", Role.WORKER, Via.REST, issued.token.id)

    with pytest.raises(Forbidden):
        await credentials.issue(ann, "ann")


async def test_nobody_unknown_gets_a_token(stage: Stage, credentials: CredentialService) -> None:
    with pytest.raises(NotFound):
        await credentials.issue(stage.operator, "nobody")


async def test_last_master_stays_master(stage: Stage) -> None:
    identity = stage.core.people.identity

    with pytest.raises(Conflict):
        await identity.change_role(stage.operator, "operator", Role.WORKER)

    assert stage.operator.role is Role.MASTER


async def test_of_two_masters_who_depose_each_other_at_once_one_stays(stage: Stage) -> None:
    await stage.enrol("ann", Role.MASTER)
    identity = stage.core.people.identity

    await asyncio.gather(
        identity.change_role(stage.operator, "ann", Role.WORKER),
        identity.change_role(stage.actor("ann"), "operator", Role.WORKER),
        return_exceptions=True,
    )

    assert [agent.role for agent in identity.agents()].count(Role.MASTER) == 1


async def test_master_may_go_while_another_stays(stage: Stage) -> None:
    await stage.enrol("ann", Role.MASTER)

    changed = await stage.core.people.identity.change_role(stage.actor("ann"), "operator", Role.WORKER)

    assert changed.role is Role.WORKER


async def test_what_was_taken_back_stays_so_after_a_restart(
    issued: Issued, stage: Stage, credentials: CredentialService, clock: FakeClock, store: FlakyStore
) -> None:
    short = await credentials.issue(stage.operator, "ann", lifetime=60)
    await credentials.revoke(stage.operator, issued.token.id)
    clock.advance(60)
    again = build_core(settings_of(), store=store, clock=clock)
    ear = Ear()
    again.base.bus.subscribe(ear)

    await again.start(OPERATOR_TOKEN)
    opened = [await opens(again.people.credentials, each.text) for each in (issued, short)]
    await again.people.credentials.sweep()
    await again.stop()

    assert opened == [False, False]
    assert closed(ear) == []
