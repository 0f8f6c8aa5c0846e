"""What is said to the relay, and what a refusal means."""

import asyncio

import pytest

from cli.agent import leasing
from cli.agent.leasing import Ending, Hold, Leases
from cli.agent.runs import Outcome
from protocol.errors import InvalidRequest, NotFound, StaleLease, Unavailable
from protocol.reliability import RetryPolicy
from tests.cli.agent.conftest import Ear, task, until


@pytest.fixture(autouse=True)
def haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make waiting short."""
    monkeypatch.setattr(leasing, "QUICK", 0.01)
    monkeypatch.setattr(leasing, "BEAT", 0.03)
    monkeypatch.setattr(leasing, "GRACE", 0.05)
    monkeypatch.setattr(leasing, "RETRY", RetryPolicy(first=0.001, cap=0.001))


async def test_a_claim_is_repeated_until_it_is_answered() -> None:
    ear = Ear()
    ear.refusals = [Unavailable("later")] * 3

    assert await Leases(ear).claim(Hold(task(), "l1"))
    assert [what for what, *_ in ear.heard] == ["ack"] * 4


@pytest.mark.parametrize("refusal", [StaleLease("gone"), NotFound("gone")])
async def test_a_claim_that_is_refused_is_given_up(refusal: StaleLease | NotFound) -> None:
    ear = Ear()
    ear.refusals = [refusal]

    assert not await Leases(ear).claim(Hold(task(), "l1"))


async def test_a_result_goes_out_under_the_lease_that_counts_and_after_its_claim() -> None:
    ear = Ear(t1="l2")
    ear.wrong = StaleLease
    hold = Hold(task(), "l1")
    delivering = asyncio.get_running_loop().create_task(
        Leases(ear).deliver(hold, Outcome("succeeded", "yes"))
    )
    await until(lambda: bool(ear.heard))

    hold.renew("l2")

    assert await delivering
    assert ear.heard[-2:] == [("ack", "t1", "l2"), ("result succeeded yes", "t1", "l2")]


async def test_a_task_is_spoken_of_until_it_is_lost() -> None:
    ear = Ear()
    hold = Hold(task(), "l1")
    keeping = asyncio.get_running_loop().create_task(Leases(ear).keep(hold))
    hold.say("half")
    await until(lambda: len(ear.heard) >= 4)

    ear.refusals = [StaleLease("gone")]
    await keeping

    assert ear.heard[0] == ("ack", "t1", "l1")
    assert ("progress half", "t1", "l1") in ear.heard
    assert (hold.ending, hold.is_ending.is_set()) == (Ending.LOST, True)


async def test_a_word_that_is_no_good_does_not_lose_the_task() -> None:
    ear = Ear()
    hold = Hold(task(), "l1")
    ear.refusals = [InvalidRequest("what a word")] * 2
    keeping = asyncio.get_running_loop().create_task(Leases(ear).keep(hold))

    await until(lambda: len(ear.heard) >= 5)
    keeping.cancel()

    hold.say("nul \0 and half a \ud83d pair")
    assert hold.ending is None
    assert hold.text == "nul  and half a ? pair"


async def test_what_is_lost_stays_lost_and_what_is_cancelled_can_be_lost() -> None:
    hold = Hold(task(), "l1")

    for why in (Ending.CANCELLED, Ending.LOST, Ending.CANCELLED):
        hold.end(why)

    assert hold.ending is Ending.LOST
