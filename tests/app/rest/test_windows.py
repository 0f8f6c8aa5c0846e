"""The windows that requests are counted in: when they end, and how many there may be."""

import pytest

from app.rest.throttle import AddressThrottle
from app.rest.windows import MAX_KEYS, Windows
from tests.app.edge.exchange import Inner, ask
from tests.fakes import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def test_hits_count_until_the_window_ends(clock: FakeClock) -> None:
    windows = Windows(clock=clock)

    counts = [windows.incr("a", 10), windows.incr("a", 10)]
    clock.advance(9.9)
    late = windows.incr("a", 10)
    clock.advance(0.1)

    assert (counts, late, windows.get("a"), windows.incr("a", 10)) == ([1, 2], 3, 0, 1)


def test_end_of_a_window_is_told(clock: FakeClock) -> None:
    windows = Windows(clock=clock)
    windows.incr("a", 10)

    assert windows.get_expiry("a") == clock.monotonic() + 10
    assert windows.get_expiry("nobody") == clock.monotonic()


def test_of_too_many_windows_the_first_gives_way(clock: FakeClock) -> None:
    windows = Windows(clock=clock, most=3)

    for key in ("a", "b", "a", "c", "d"):
        windows.incr(key, 10)

    assert len(windows) == 3
    assert [windows.get(key) for key in "abcd"] == [0, 1, 1, 1]


def test_windows_that_have_ended_are_forgotten(clock: FakeClock) -> None:
    windows = Windows(clock=clock)
    for number in range(100):
        windows.incr(str(number), 10)

    clock.advance(10)
    windows.incr("late", 10)

    assert len(windows) == 1


def test_they_can_be_cleared(clock: FakeClock) -> None:
    windows = Windows(clock=clock)
    for key in "abc":
        windows.incr(key, 10)

    windows.clear("a")

    assert windows.check()
    assert (windows.get("a"), windows.reset(), len(windows)) == (0, 2, 0)


async def test_throttle_counts_in_the_relays_own_time(clock: FakeClock) -> None:
    throttle = AddressThrottle(Inner(), limit="1/minute", clock=clock)

    first, refused = await ask(throttle), await ask(throttle)
    clock.advance(60)
    again = await ask(throttle)

    assert [answer.status for answer in (first, refused, again)] == [204, 429, 204]
    assert [answer.headers["ratelimit-reset"] for answer in (first, refused, again)] == ["60", "60", "60"]


async def test_throttle_remembers_so_many_addresses_and_no_more(clock: FakeClock) -> None:
    throttle = AddressThrottle(Inner(), limit="1/minute", clock=clock)

    for number in range(MAX_KEYS + 1):
        await ask(throttle, client=f"2001:db8::{number:x}")

    assert (await ask(throttle, client="2001:db8::1")).status == 429
    assert (await ask(throttle, client="2001:db8::0")).status == 204
