"""The machine's clock, and how moments are written."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from app.clock import SystemClock, stamp


def test_wall_clock_is_in_utc() -> None:
    assert SystemClock().now().tzinfo is UTC


def test_monotonic_clock_never_runs_backwards() -> None:
    clock = SystemClock()
    readings = [clock.monotonic() for _ in range(100)]

    assert readings == sorted(readings)


def test_ids_are_128_bits_and_do_not_repeat() -> None:
    clock = SystemClock()
    ids = {clock.new_id() for _ in range(1000)}

    assert len(ids) == 1000
    assert {len(bytes.fromhex(each)) for each in ids} == {16}


def test_rolls_are_spread_between_zero_and_one() -> None:
    clock = SystemClock()
    rolls = [clock.roll() for _ in range(1000)]

    assert 0 <= min(rolls) < 0.1
    assert 0.9 < max(rolls) < 1


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, 678_900, tzinfo=UTC), "2026-01-02T03:04:05.678Z"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00.000Z"),
        (datetime(2026, 1, 2, tzinfo=timezone(timedelta(0))), "2026-01-02T00:00:00.000Z"),
    ],
)
def test_moment_is_written_as_rfc_3339_in_utc_with_milliseconds(moment: datetime, written: str) -> None:
    assert stamp(moment) == written


def test_stamp_is_the_present_moment() -> None:
    clock = SystemClock()
    for _ in range(1000):
        before, stamped, after = stamp(clock.now()), clock.stamp(), stamp(clock.now())

        assert before <= stamped <= after
