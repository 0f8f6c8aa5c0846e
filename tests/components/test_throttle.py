"""Five tries a minute from one address, and nobody else pays for them."""

import pytest

from components import throttle
from components.throttle import Throttle
from tests.fakes import FakeClock


@pytest.fixture
def guard(clock: FakeClock) -> Throttle:
    return Throttle(clock.monotonic)


def test_the_sixth_try_in_a_minute_has_to_wait(guard: Throttle, clock: FakeClock) -> None:
    waits = [guard.wait("a") for _ in range(5)]
    clock.advance(10)

    assert waits == [0.0] * 5
    assert guard.wait("a") == pytest.approx(50)


def test_after_a_minute_one_may_try_again(guard: Throttle, clock: FakeClock) -> None:
    for _ in range(6):
        guard.wait("a")
    clock.advance(60)

    assert guard.wait("a") == 0.0


def test_another_address_does_not_wait(guard: Throttle) -> None:
    for _ in range(6):
        guard.wait("a")

    assert guard.wait("b") == 0.0


def test_who_has_signed_in_is_forgiven(guard: Throttle) -> None:
    for _ in range(5):
        guard.wait("a")
    guard.forgive("a")

    assert guard.wait("a") == 0.0


def test_the_oldest_address_gives_way(guard: Throttle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "ADDRESSES", 2)
    for address in ("a",) * 5 + ("b", "c"):
        guard.wait(address)

    assert guard.wait("a") == 0.0
