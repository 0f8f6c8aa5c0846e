"""Identity: who is enrolled, under what handle, and whose a token is."""

import asyncio

import pytest

from app.actor import Via
from app.core import build_core
from app.events import AgentChanged, AgentEnrolled
from protocol.addressing import RESERVED_HANDLES
from protocol.errors import (
    ClawNetError,
    Conflict,
    Forbidden,
    HandleTaken,
    InvalidRequest,
    NotFound,
    Unauthenticated,
)
from protocol.roles import Role
from tests.fakes import OPERATOR_TOKEN, Ear, FakeClock, FlakyStore, Stage, settings_of


async def test_enrolled_agent_is_a_worker_called_by_its_id(stage: Stage, ear: Ear) -> None:
    enrolment = await stage.core.people.credentials.enrol(stage.operator, agent_id="Ann")

    assert (enrolment.agent.id, enrolment.agent.handle, enrolment.agent.role) == ("Ann", "ann", Role.WORKER)
    assert enrolment.agent.created_at == "2026-01-01T00:00:00.000Z"
    assert AgentEnrolled(enrolment.agent) in ear.facts


async def test_token_of_an_enrolment_opens_the_door(stage: Stage) -> None:
    enrolment = await stage.core.people.credentials.enrol(stage.operator, agent_id="ann", role=Role.WARDEN)

    actor = await stage.core.people.credentials.authenticate(enrolment.text, Via.SOCKET)

    assert (actor.agent_id, actor.handle, actor.role, actor.via) == ("ann", "ann", Role.WARDEN, Via.SOCKET)


async def test_token_itself_is_not_kept(stage: Stage, store: FlakyStore) -> None:
    enrolment = await stage.core.people.credentials.enrol(stage.operator, agent_id="ann")

    secret = enrolment.text.split("_")[2]

    assert secret not in repr(await store.tokens())
    assert secret not in repr(vars(stage.core.people.credentials))


async def test_operator_token_makes_a_master(stage: Stage) -> None:
    actor = await stage.core.people.credentials.authenticate(OPERATOR_TOKEN, Via.CONSOLE)

    assert (actor.agent_id, actor.role) == ("operator", Role.MASTER)


@pytest.mark.parametrize("token", ["", "x", "clw_operator_wrong", "clw_0_0", OPERATOR_TOKEN + "x"])
async def test_wrong_and_unknown_tokens_read_the_same(stage: Stage, token: str) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        await stage.core.people.credentials.authenticate(token, Via.SOCKET)

    assert refusal.value.message == "this token is not valid"
    assert refusal.value.field is None


async def test_secret_of_another_agent_does_not_fit(stage: Stage) -> None:
    ann = await stage.core.people.credentials.enrol(stage.operator, agent_id="ann")
    bob = await stage.core.people.credentials.enrol(stage.operator, agent_id="bob")
    mixed = "_".join([*ann.text.split("_")[:2], bob.text.split("_")[2]])

    with pytest.raises(Unauthenticated):
        await stage.core.people.credentials.authenticate(mixed, Via.SOCKET)


@pytest.mark.parametrize("role", [Role.WORKER, Role.WARDEN])
async def test_only_masters_enrol(stage: Stage, role: Role) -> None:
    actor = await stage.enrol("ann", role)

    with pytest.raises(Forbidden):
        await stage.core.people.credentials.enrol(actor, agent_id="bob")


async def test_id_is_given_once(stage: Stage) -> None:
    await stage.enrol("ann")

    with pytest.raises(Conflict) as refusal:
        await stage.core.people.credentials.enrol(stage.operator, agent_id="ann", handle="other")

    assert refusal.value.field == "agent_id"


@pytest.mark.parametrize("handle", sorted(RESERVED_HANDLES))
async def test_reserved_handle_is_refused(stage: Stage, handle: str) -> None:
    ann = await stage.enrol("ann")

    with pytest.raises(InvalidRequest):
        await stage.core.people.credentials.enrol(stage.operator, agent_id="bob", handle=handle)
    with pytest.raises(InvalidRequest):
        await stage.core.people.identity.rename(ann, "ann", handle)


@pytest.mark.parametrize("handle", ["", " ", "-a", "a-", "a b", "ä", "a" * 33, "@ann", "a\n"])
async def test_malformed_handle_is_refused(stage: Stage, handle: str) -> None:
    ann = await stage.enrol("ann")

    with pytest.raises(InvalidRequest) as refusal:
        await stage.core.people.identity.rename(ann, "ann", handle)

    assert refusal.value.field == "handle"


async def test_id_in_another_case_does_not_get_the_same_handle(stage: Stage) -> None:
    await stage.enrol("ann")

    with pytest.raises(HandleTaken):
        await stage.core.people.credentials.enrol(stage.operator, agent_id="ANN")


async def test_of_fifty_who_want_one_handle_at_once_one_gets_it(stage: Stage) -> None:
    enrol = stage.core.people.credentials.enrol

    claims = [enrol(stage.operator, agent_id=f"agent{n}", handle="star") for n in range(50)]
    answers = await asyncio.gather(*claims, return_exceptions=True)

    assert sum(not isinstance(answer, Exception) for answer in answers) == 1
    assert sum(isinstance(answer, HandleTaken) for answer in answers) == 49
    assert len(stage.core.people.identity.agents()) == 2


async def test_of_fifty_who_rename_themselves_alike_at_once_one_wins(stage: Stage) -> None:
    actors = [await stage.enrol(f"agent{n}") for n in range(50)]

    claims = [stage.core.people.identity.rename(actor, actor.agent_id, "star") for actor in actors]
    answers = await asyncio.gather(*claims, return_exceptions=True)

    winners = [answer for answer in answers if not isinstance(answer, BaseException)]
    assert len(winners) == 1
    assert stage.core.people.identity.find("@star") == winners[0]
    assert [agent.handle for agent in stage.core.people.identity.agents()].count("star") == 1


async def test_renamed_agent_is_found_under_its_new_handle_only(stage: Stage, ear: Ear) -> None:
    ann = await stage.enrol("ann")
    before = stage.core.people.identity.agent("ann")

    after = await stage.core.people.identity.rename(ann, "ann", "star")

    assert stage.core.people.identity.find("@star") == after
    assert stage.core.people.identity.agent("ann").handle == "star"
    assert AgentChanged(after, before) in ear.facts
    with pytest.raises(NotFound):
        stage.core.people.identity.find("@ann")


async def test_handle_of_another_is_not_taken_and_the_own_one_stays(stage: Stage) -> None:
    ann = await stage.enrol("ann")
    await stage.enrol("bob")

    with pytest.raises(HandleTaken):
        await stage.core.people.identity.rename(ann, "ann", "bob")

    assert stage.core.people.identity.find("@ann").id == "ann"
    assert stage.core.people.identity.find("@bob").id == "bob"


async def test_two_renamings_of_one_agent_at_once_leave_one_handle(stage: Stage) -> None:
    ann = await stage.enrol("ann")

    await asyncio.gather(
        stage.core.people.identity.rename(ann, "ann", "star"),
        stage.core.people.identity.rename(ann, "ann", "moon"),
    )

    agent = stage.core.people.identity.agent("ann")
    assert [agent] == [each for each in await stage.core.base.store.agents() if each.id == "ann"]
    assert stage.core.people.identity.find(f"@{agent.handle}") == agent
    assert [_found(stage, handle) for handle in ("ann", "star", "moon")].count("ann") == 1


def _found(stage: Stage, handle: str) -> str | None:
    try:
        return stage.core.people.identity.find(f"@{handle}").id
    except ClawNetError:
        return None


async def test_renaming_to_the_handle_one_has_changes_nothing(stage: Stage, ear: Ear) -> None:
    ann = await stage.enrol("ann")
    ear.facts.clear()

    await stage.core.people.identity.rename(ann, "ann", "ann")

    assert ear.facts == []


async def test_only_masters_rename_others(stage: Stage) -> None:
    ann = await stage.enrol("ann")
    await stage.enrol("bob")

    with pytest.raises(Forbidden):
        await stage.core.people.identity.rename(ann, "bob", "star")
    renamed = await stage.core.people.identity.rename(stage.operator, "bob", "star")

    assert renamed.handle == "star"


async def test_agent_is_found_by_id_or_by_handle_in_any_case(stage: Stage) -> None:
    await stage.enrol("Ann")

    assert stage.core.people.identity.find("Ann").id == "Ann"
    assert stage.core.people.identity.find("@ann").id == "Ann"
    assert stage.core.people.identity.find("@ANN").id == "Ann"


@pytest.mark.parametrize("name", ["nobody", "@nobody", "@", "", "@@ann"])
async def test_nobody_is_found_under_an_unknown_name(stage: Stage, name: str) -> None:
    await stage.enrol("ann")

    with pytest.raises(NotFound) as refusal:
        stage.core.people.identity.find(name)

    assert refusal.value.message == "no such agent"


async def test_agents_are_listed_by_handle(stage: Stage) -> None:
    for agent_id in ("cas", "ann", "bob"):
        await stage.enrol(agent_id)

    assert [agent.handle for agent in stage.core.people.identity.agents()] == [
        "ann",
        "bob",
        "cas",
        "operator",
    ]
    assert set(stage.core.people.identity.ids()) == {"ann", "bob", "cas", "operator"}


async def test_newcomer_starts_at_the_end_of_the_global_room(stage: Stage) -> None:
    await stage.say_many(stage.operator, 3)

    await stage.enrol("ann")

    assert (await stage.connect("ann")).rooms["global"].cursor == 3


async def test_relay_that_starts_again_on_a_store_knows_agents_and_tokens(
    store: FlakyStore, clock: FakeClock, stage: Stage
) -> None:
    enrolment = await stage.core.people.credentials.enrol(stage.operator, agent_id="ann", handle="star")
    again = build_core(settings_of(), store=store, clock=clock)

    await again.start("another-token-of-the-operator")
    actor = await again.people.credentials.authenticate(enrolment.text, Via.SOCKET)
    operator = await again.people.credentials.authenticate("another-token-of-the-operator", Via.SOCKET)
    with pytest.raises(Unauthenticated):
        await again.people.credentials.authenticate(OPERATOR_TOKEN, Via.SOCKET)
    await again.stop()

    assert (actor.agent_id, actor.handle) == ("ann", "star")
    assert operator.role is Role.MASTER
