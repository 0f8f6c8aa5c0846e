"""Credentials: what is kept of tokens, how many there are, whose they are, and how long they last."""

import asyncio
import hashlib
import hmac
import re
from collections.abc import Callable

import pytest

from app.actor import Actor, Via
from app.core import build_core
from app.services.credentials import MAX_TOKENS, CredentialService, Issued
from protocol.errors import Conflict, Forbidden, NotFound, Unauthenticated
from protocol.roles import Role
from protocol.tokens import TokenState
from tests.app.services.keys import closed, opens
from tests.fakes import OPERATOR_TOKEN, Ear, FakeClock, FlakyStore, Stage, settings_of

HOUR = 3600.0


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
