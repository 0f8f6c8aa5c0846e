"""A tab hears every fact after its snapshot, once and in order, in batches."""

import asyncio

import pytest

from app.events import Fact, MessagePosted
from components.feed import PERIOD, Feed
from components.ports import Console
from protocol.requests import RoomCreate
from tests.fakes import Stage, turns


class Tab:
    """Keeps what it was given to draw."""

    def __init__(self) -> None:
        self.batches: list[list[Fact]] = []

    def __call__(self, facts: list[Fact]) -> None:
        self.batches.append(facts)

    def offsets(self) -> list[int]:
        """Return the offsets of the messages that were drawn, in order."""
        return [
            fact.message.offset for batch in self.batches for fact in batch if isinstance(fact, MessagePosted)
        ]


@pytest.fixture
def tab() -> Tab:
    return Tab()


async def test_the_first_fact_after_a_silence_is_drawn_at_once(
    console: Console, stage: Stage, tab: Tab
) -> None:
    feed = Feed(console, stage.operator, tab)
    await stage.say(stage.operator)
    await turns()

    assert tab.offsets() == [1]
    feed.close()


async def test_a_burst_is_drawn_in_few_batches_and_in_order(console: Console, stage: Stage, tab: Tab) -> None:
    feed = Feed(console, stage.operator, tab)
    for _ in range(20):
        await stage.say(stage.operator)
    feed.flush()

    assert tab.offsets() == list(range(1, 21))
    assert len(tab.batches) <= 3
    feed.close()


async def test_two_batches_are_a_period_apart(console: Console, stage: Stage) -> None:
    loop = asyncio.get_running_loop()
    times: list[float] = []
    second = asyncio.Event()

    def draw(_: list[Fact]) -> None:
        times.append(loop.time())
        if len(times) == 2:
            second.set()

    feed = Feed(console, stage.operator, draw)
    await stage.say(stage.operator)
    await turns()
    await stage.say(stage.operator)
    await second.wait()

    assert times[1] - times[0] >= PERIOD * 0.9
    feed.close()


async def test_a_closed_feed_draws_nothing_not_even_what_it_has_heard(
    console: Console, stage: Stage, tab: Tab
) -> None:
    feed = Feed(console, stage.operator, tab)
    await stage.say(stage.operator)
    await stage.say(stage.operator)
    feed.close()
    await stage.say(stage.operator)
    await turns()

    assert tab.offsets() == [1]


async def test_a_page_that_fails_goes_on_to_hear(
    console: Console, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    def draw(_: list[Fact]) -> None:
        raise RuntimeError("broken")

    feed = Feed(console, stage.operator, draw)
    await stage.say(stage.operator)
    feed.flush()

    assert feed.state.rooms["global"].head == 1
    assert "could not be drawn" in caplog.text
    feed.close()


async def test_a_private_room_of_others_never_gets_into_the_state(
    console: Console, stage: Stage, tab: Tab
) -> None:
    ann = await stage.enrol("ann")
    feed = Feed(console, stage.operator, tab)
    await stage.core.rooms.create(ann, RoomCreate(room="secret", visibility="private"))

    assert list(feed.state.rooms) == ["global"]
    feed.close()


async def test_what_follows_from_a_fact_need_not_wait_for_it(
    console: Console, stage: Stage, tab: Tab
) -> None:
    feed = Feed(console, stage.operator, tab)
    await stage.say(stage.operator)
    await turns()
    await stage.say(stage.operator)

    feed.catch_up()
    feed.catch_up()
    await turns()

    assert tab.offsets() == [1, 2]
    assert len(tab.batches) == 2
    feed.close()
