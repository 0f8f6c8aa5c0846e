"""Credentials that end: exchanged, taken back or run out, and what is shut with them."""

import asyncio

import pytest

from app.actor import Via
from app.core import build_core
from app.keeping import StoreAccess
from app.services.credentials import MAX_ENDED, MAX_OVERLAP, MAX_TOKENS, CredentialService, Issued
from protocol.errors import Conflict, InvalidRequest, Unavailable
from protocol.roles import Role
from protocol.tokens import TokenState
from tests.app.services.keys import closed, connect, opens
from tests.fakes import OPERATOR_TOKEN, Ear, FakeClock, FlakyStore, Stage, settings_of, turns

HOUR = 3600.0


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


async def kept(store: FlakyStore, agent_id: str) -> set[str]:
    """Return the ids of an agent's tokens in the store."""
    return {record.id for record in await store.tokens() if record.agent_id == agent_id}


async def test_of_the_tokens_that_were_exchanged_the_newest_are_kept(
    issued: Issued, stage: Stage, credentials: CredentialService, store: FlakyStore, clock: FakeClock
) -> None:
    ids = [issued.token.id]
    for _ in range(MAX_ENDED + 5):
        clock.advance(1)
        ids.append((await credentials.rotate(stage.actor("ann"), ids[-1], 0)).token.id)

    assert await kept(store, "ann") == set(ids[-MAX_ENDED - 1 :])
    assert {each.id for each in credentials.listed(stage.operator, "ann")} == set(ids[-MAX_ENDED - 1 :])
    assert credentials.actor_of(ids[0], Via.SOCKET) is None


async def test_of_the_tokens_that_were_taken_back_the_newest_are_kept(
    issued: Issued, stage: Stage, credentials: CredentialService, store: FlakyStore, clock: FakeClock
) -> None:
    ids = []
    for _ in range(MAX_ENDED + 5):
        clock.advance(1)
        ids.append((await credentials.issue(stage.operator, "ann")).token.id)
        await credentials.revoke(stage.operator, ids[-1])

    assert await kept(store, "ann") == {issued.token.id, *ids[-MAX_ENDED:]}


async def test_tokens_of_others_do_not_give_way(
    issued: Issued, stage: Stage, credentials: CredentialService, store: FlakyStore
) -> None:
    await stage.enrol("bob")
    await credentials.revoke(stage.operator, issued.token.id)

    for _ in range(MAX_ENDED + 5):
        fresh = await credentials.issue(stage.operator, "bob")
        await credentials.revoke(stage.operator, fresh.token.id)

    assert await kept(store, "ann") == {issued.token.id}


async def test_operators_token_that_came_back_does_not_give_way(
    stage: Stage, credentials: CredentialService, store: FlakyStore, clock: FakeClock
) -> None:
    await credentials.revoke(stage.operator, "operator")
    again = build_core(settings_of(), store=store, clock=clock, access=StoreAccess.to_memory(settings_of()))
    await again.start(OPERATOR_TOKEN)

    for _ in range(MAX_ENDED + 5):
        clock.advance(1)
        fresh = await again.people.credentials.issue(stage.operator, "operator")
        await again.people.credentials.revoke(stage.operator, fresh.token.id)
    still = await opens(again.people.credentials, OPERATOR_TOKEN)
    await again.stop()

    assert still


async def test_note_of_a_use_that_could_not_be_stored_is_stored_with_the_next(
    issued: Issued, credentials: CredentialService, store: FlakyStore
) -> None:
    await opens(credentials, issued.text)
    store.failure = Unavailable("away")
    with pytest.raises(Unavailable):
        await credentials.sweep()
    store.failure = None

    await credentials.sweep()

    (record,) = [record for record in await store.tokens() if record.id == issued.token.id]
    assert record.last_used_at is not None
