"""What an operator looks after beside the agents: the store, the limits, the sessions."""

from pathlib import Path

import pytest

from components.asks import ChangeSettings
from components.panels.changing import Changing
from components.state import ConsoleState
from components.upkeep import Upkeep
from protocol.errors import ClawNetError, Conflict, Forbidden, NotFound, Unauthenticated
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


async def test_who_changed_settings_last_is_told_to_those_who_read_the_trail(sign_in: SignIn) -> None:
    upkeep = await sign_in(Upkeep)
    before = await upkeep.last_change()
    await upkeep.change_settings({"loop_limit": 7}, lambda _: None)
    record = await upkeep.last_change()

    assert before is None
    assert record is not None
    assert (record.actor, record.target) == ("operator", "loop_limit")


async def test_upkeep_reaches_the_services_that_judge_it(sign_in: SignIn, warden_token: str) -> None:
    master, warden = await sign_in(Upkeep), await sign_in(Upkeep, warden_token)

    assert (await warden.counts()).agents == 2
    assert warden.connections() == {}
    assert await master.purge(30) == 0
    lines = [line async for line in await master.backup()]
    assert len(lines) > 2
    assert not master.can_restart()
    for doing in (warden.purge(30), warden.backup(), warden.restart()):
        with pytest.raises(Forbidden):
            await doing


async def test_a_form_changes_what_it_shows_and_keeps_the_rest(sign_in: SignIn) -> None:
    upkeep = await sign_in(Upkeep)
    state = ConsoleState.snapshot("operator", lambda _: True, rooms=[], agents=[], presence=[])
    changing = Changing(upkeep, state, ("block_joins",))
    seen = {row["name"]: row["value"] for row in changing.shown()["form"]}  # type: ignore[attr-defined]

    await changing.change(ChangeSettings(changes={"block_joins": ["spam-*"]}, seen=seen))

    shown = changing.shown()
    assert (shown["only"], shown["writes"]) == (["block_joins"], True)
    assert shown["last"] == {"by": "operator", "at": "2026-01-01T00:00:00.000Z"}
    with pytest.raises(Conflict):
        await changing.change(ChangeSettings(changes={}, seen=seen))
