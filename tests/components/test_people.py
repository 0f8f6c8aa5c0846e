"""What an operator does with agents goes through the services, which judge it."""

from collections.abc import Awaitable, Callable

import pytest

from components.people import People
from protocol.errors import Forbidden, NotFound
from protocol.roles import Role
from protocol.tokens import TokenState
from tests.components.conftest import SignIn
from tests.fakes import Stage


async def test_an_agent_is_made_renamed_ranked_and_gets_tokens(sign_in: SignIn, stage: Stage) -> None:
    people = await sign_in(People)
    issued = await people.enrol("ann", "", Role.WORKER)
    await people.rename("ann", "anna")
    await people.change_role("ann", Role.WARDEN)
    await people.issue("ann", 3600.0)
    await people.rotate(issued.token.id, 0)

    states = [info.state for info in people.tokens("ann")]
    assert (people.agent("ann").handle, people.agent("ann").role) == ("anna", Role.WARDEN)
    assert [each.handle for each in people.handles("ann")] == ["ann", "anna"]
    assert sorted(states) == [TokenState.EXPIRED, TokenState.VALID, TokenState.VALID]
    last = (await stage.records())[-1]
    assert (last.via, last.address) == ("relay", None)


async def test_what_is_done_is_recorded_with_the_door_and_the_address(sign_in: SignIn, stage: Stage) -> None:
    people = await sign_in(People)
    await people.enrol("ann", None, Role.WORKER)

    last = (await stage.records())[-1]
    assert (last.action, last.actor, last.via, last.address) == (
        "agent.create",
        "operator",
        "console",
        "10.0.0.8",
    )


async def test_who_waits_is_let_in_or_turned_away(sign_in: SignIn, stage: Stage) -> None:
    people = await sign_in(People)
    admission = stage.core.people.admission
    ann, _ = admission.apply_for("ann", None, "10.0.0.9")
    bob, _ = admission.apply_for("bob", None, None)

    assert [each.agent_id for each in people.waiting()] == ["ann", "bob"]
    await people.admit(ann.id, Role.WORKER)
    await people.deny(bob.id)
    assert people.waiting() == []
    assert people.agent("ann").role is Role.WORKER
    with pytest.raises(NotFound):
        people.agent("bob")


@pytest.mark.parametrize(
    "act",
    [
        lambda it: it.enrol("ann", None, Role.WORKER),
        lambda it: it.rename("operator", "boss"),
        lambda it: it.change_role("eye", Role.MASTER),
        lambda it: it.issue("eye", None),
        lambda it: it.admit("x", Role.WORKER),
        lambda it: it.deny("x"),
        lambda it: it.disconnect("eye"),
        lambda it: it.block("operator"),
        lambda it: it.unblock("operator"),
    ],
)
async def test_a_warden_does_none_of_it(
    sign_in: SignIn, warden_token: str, act: Callable[[People], Awaitable[object]]
) -> None:
    people = await sign_in(People, warden_token)

    with pytest.raises(Forbidden):
        await act(people)


async def test_a_warden_sees_its_own_tokens_and_nobody_who_waits(
    sign_in: SignIn, stage: Stage, warden_token: str
) -> None:
    people = await sign_in(People, warden_token)
    stage.core.people.admission.apply_for("ann", None, None)

    assert people.waiting() == []
    assert len(people.tokens("eye")) == 1
    with pytest.raises(Forbidden):
        people.tokens("operator")
    with pytest.raises(NotFound):
        await people.revoke("operator")


async def test_the_newest_token_is_renewed_and_all_are_taken_back_at_once(sign_in: SignIn) -> None:
    people = await sign_in(People)
    first = await people.enrol("ann", "", Role.WORKER)
    fresh = await people.renew("ann", 600)
    gone = await people.shut_out("ann")

    assert fresh.token.id != first.token.id
    assert (gone, {info.state for info in people.tokens("ann")}) == (2, {TokenState.REVOKED})
    with pytest.raises(NotFound):
        await people.renew("ann", 600)
    assert await people.shut_out("ann") == 0


async def test_a_warden_renews_and_shuts_out_nobody(sign_in: SignIn, warden_token: str) -> None:
    people = await sign_in(People, warden_token)

    for act in (people.renew("operator", 0), people.shut_out("operator")):
        with pytest.raises(Forbidden):
            await act
    assert people.samples("operator") == []


async def test_who_is_blocked_has_no_token_and_may_not_ask_until_unblocked(
    sign_in: SignIn, stage: Stage
) -> None:
    people = await sign_in(People)
    await people.enrol("ann", None, Role.WORKER)
    await stage.core.keeping.settings.replace(
        stage.operator, {"block_joins": ["spam-*"], "loop_limit": 7}, lambda _: None
    )

    assert await people.block("ann") == 1
    assert await people.block("ann") == 0
    settings = stage.core.keeping.settings.current
    assert (settings.block_joins, settings.loop_limit) == (["spam-*", "ann"], 7)
    assert people.is_blocked("ann")
    with pytest.raises(Forbidden):
        stage.core.people.admission.apply_for("ann", None, None)

    await people.unblock("ann")
    stage.core.people.admission.apply_for("ann", None, None)
    assert not people.is_blocked("ann")


async def test_links_of_an_agent_are_closed(sign_in: SignIn, stage: Stage) -> None:
    people = await sign_in(People)
    await people.enrol("ann", None, Role.WORKER)
    await stage.connect("ann")

    assert await people.disconnect("ann") == 1
