"""What an operator looks after beside the agents: the store, the limits, the sessions."""

from pathlib import Path

import pytest

from components.upkeep import Upkeep
from protocol.errors import ClawNetError, NotFound, Unauthenticated
from protocol.events import Budget
from tests.components.conftest import SignIn
from tests.fakes import FlakyStore


async def test_the_store_is_shown_and_another_one_tried(sign_in: SignIn, tmp_path: Path) -> None:
    upkeep = await sign_in(Upkeep)

    assert await upkeep.try_out(f"json:{tmp_path / 'other'}") == 0
    with pytest.raises(ClawNetError):
        await upkeep.try_out("nothing:here")
    assert upkeep.store().address == "memory"
    assert await upkeep.store_answers()


async def test_a_store_that_does_not_answer_is_found_out(
    sign_in: SignIn, store: FlakyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    upkeep = await sign_in(Upkeep)

    async def away(**_: object) -> None:
        raise NotFound("away")

    monkeypatch.setattr(store, "audit", away)

    assert not await upkeep.store_answers()


async def test_limits_tell_who_has_used_what(sign_in: SignIn) -> None:
    upkeep = await sign_in(Upkeep)
    upkeep.acting(Budget.CHAT)

    use = next(each for each in upkeep.limits() if each.budget is Budget.CHAT)
    assert (use.key, use.left) == ("operator", use.burst - 1)


async def test_sessions_are_listed_and_ended_by_a_name_that_opens_nothing(sign_in: SignIn) -> None:
    upkeep, other = await sign_in(Upkeep), await sign_in(Upkeep)
    own = next(each for each in upkeep.sessions() if upkeep.is_own(each))
    foreign = next(each for each in upkeep.sessions() if not upkeep.is_own(each))

    assert (own.address, upkeep.own_token()) == ("10.0.0.8", "operator")
    assert own.name not in own.id
    upkeep.sign_out(foreign.name)
    assert not other.is_signed_in()
    assert upkeep.is_signed_in()
    with pytest.raises(NotFound):
        upkeep.sign_out(foreign.name)


async def test_nobody_ends_the_sessions_of_somebody_else(sign_in: SignIn, warden_token: str) -> None:
    operator, warden = await sign_in(Upkeep), await sign_in(Upkeep, warden_token)
    name = operator.sessions()[0].name

    with pytest.raises(NotFound):
        warden.sign_out(name)
    assert [each.name for each in warden.sessions()] != [name]
    assert operator.is_signed_in()


async def test_nothing_is_told_to_a_session_that_is_over(sign_in: SignIn) -> None:
    upkeep = await sign_in(Upkeep)
    upkeep.sign_out(upkeep.sessions()[0].name)

    for ask in (upkeep.store, upkeep.limits):
        with pytest.raises(Unauthenticated):
            ask()
    assert upkeep.sessions() == []
    assert not await upkeep.store_answers()
