"""Who acts is asked anew for every step."""

import pytest

from app.services.permissions import Operation, Standing
from components.authority import WARNING, Authority
from components.session import ABSOLUTE, IDLE
from protocol.errors import Conflict, Forbidden, RateLimited, Unauthenticated
from protocol.events import Budget
from protocol.roles import Role
from tests.components.conftest import SignIn
from tests.fakes import FakeClock, Stage, settings_of


async def test_looking_on_does_not_keep_a_session_awake_and_acting_does(
    sign_in: SignIn, clock: FakeClock
) -> None:
    authority = await sign_in(Authority)
    clock.advance(IDLE - 1)
    assert authority.watching() == authority.watcher()
    clock.advance(1)

    assert authority.watcher() is None
    for asked in (authority.watching, authority.actor):
        with pytest.raises(Unauthenticated):
            asked()


async def test_a_session_that_rests_says_so_in_time_and_can_stay(sign_in: SignIn, clock: FakeClock) -> None:
    authority = await sign_in(Authority)
    clock.advance(IDLE - WARNING - 1)
    assert authority.ending() is None

    clock.advance(2)
    ending = authority.ending()
    assert ending is not None
    assert ((ending.at - clock.now()).total_seconds(), ending.can_stay) == (WARNING - 1, True)
    authority.actor()
    assert authority.ending() is None


async def test_a_session_ends_of_age_whatever_is_done(sign_in: SignIn, clock: FakeClock) -> None:
    authority = await sign_in(Authority)
    for _ in range(int(ABSOLUTE / IDLE) * 2 - 1):
        clock.advance(IDLE / 2)
        authority.actor()
    clock.advance(IDLE / 2 - WARNING)
    authority.actor()

    ending = authority.ending()
    assert ending is not None
    assert not ending.can_stay


async def test_a_session_ends_with_its_token(sign_in: SignIn, stage: Stage, clock: FakeClock) -> None:
    issued = await stage.core.people.credentials.issue(stage.operator, "operator", 90.0)
    authority = await sign_in(Authority, issued.text)

    ending = authority.ending()
    assert ending is not None
    assert (round((ending.at - clock.now()).total_seconds()), ending.can_stay) == (90, False)
    clock.advance(90)
    assert authority.ending() is None


async def test_acting_spends_a_budget(sign_in: SignIn) -> None:
    authority = await sign_in(Authority)

    for _ in range(settings_of().rate_chat_burst):
        authority.acting(Budget.CHAT)

    with pytest.raises(RateLimited):
        authority.acting(Budget.CHAT)


async def test_what_is_offered_follows_the_role_of_the_moment(
    sign_in: SignIn, stage: Stage, warden_token: str
) -> None:
    authority = await sign_in(Authority, warden_token)
    before = authority.may(Operation.TOKEN_CREATE, Standing.OTHER)
    await stage.core.people.identity.change_role(stage.operator, "eye", Role.MASTER)

    assert (before, authority.may(Operation.TOKEN_CREATE, Standing.OTHER)) == (False, True)


async def test_a_refusal_for_want_of_authority_is_recorded_with_the_address(
    sign_in: SignIn, stage: Stage, warden_token: str
) -> None:
    authority = await sign_in(Authority, warden_token)
    authority.record("role", Conflict("somebody must stay master"))
    authority.record("role", Forbidden("not for you"))

    denied = [record for record in await stage.records() if record.result == "denied"]
    assert [(each.actor, each.action, each.address) for each in denied] == [
        ("eye", "console.role", "10.0.0.8")
    ]
