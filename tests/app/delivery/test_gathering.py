"""Gathering: the first at once, a crowd together, and of each the newest."""

import asyncio

from app.delivery.gathering import Gathering
from tests.fakes import FakeClock

EVERY = 0.01


class Told:
    """Keeps what is handed on, round by round."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.rounds: list[list[str]] = []
        self.changed = asyncio.Event()
        self.gathering: Gathering[str] = Gathering(self.hear, every=EVERY, clock=self.clock)

    def hear(self, things: list[str]) -> None:
        self.rounds.append(things)
        self.changed.set()


async def test_first_is_told_at_once_and_after_a_pause_again() -> None:
    told = Told()

    told.gathering.add("ann", "ann is there")
    told.clock.elapsed += EVERY
    told.gathering.add("bob", "bob is there")

    assert told.rounds == [["ann is there"], ["bob is there"]]


async def test_crowd_is_told_together_and_each_as_it_stands() -> None:
    told = Told()
    told.gathering.add("ann", "ann is there")
    told.changed.clear()

    for number in range(100):
        told.gathering.add(f"agent-{number % 3}", f"agent-{number % 3}: {number}")
    await asyncio.wait_for(told.changed.wait(), 10)

    assert told.rounds[1:] == [["agent-0: 99", "agent-1: 97", "agent-2: 98"]]


async def test_crowd_is_not_told_twice_when_time_has_passed_before_its_turn() -> None:
    told = Told()
    told.gathering.add("ann", "ann is there")
    told.gathering.add("bob", "bob is there")

    told.clock.elapsed += EVERY
    told.gathering.add("eve", "eve is there")
    await asyncio.sleep(2 * EVERY)

    assert told.rounds == [["ann is there"], ["bob is there", "eve is there"]]
