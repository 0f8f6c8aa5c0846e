"""Behaviour of RetryPolicy and Cursor; the rest is in test_reliability_ends and test_at_least_once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.reliability import Cursor, RetryPolicy

policies = st.builds(
    RetryPolicy,
    first=st.floats(0.01, 10),
    factor=st.floats(1, 10),
    cap=st.floats(10, 600),
    jitter=st.floats(0, 1),
    tries=st.none() | st.integers(1, 9),
)
attempts = st.integers(0, 10_000)
rolls = st.floats(0, 1, exclude_max=True)


@given(policies, attempts, rolls)
def test_wait_stays_within_the_cap_and_its_jitter(policy: RetryPolicy, attempt: int, roll: float) -> None:
    delay = policy.delay(attempt, roll)

    assert delay >= 0
    assert delay >= policy.first * (1 - policy.jitter) * 0.999
    assert delay <= policy.cap * (1 + policy.jitter)


@given(policies, attempts, attempts, rolls)
def test_later_attempts_wait_no_less(policy: RetryPolicy, one: int, other: int, roll: float) -> None:
    sooner, later = sorted((one, other))

    assert policy.delay(sooner, roll) <= policy.delay(later, roll)


@given(policies, attempts, rolls, rolls)
def test_jitter_spreads_around_the_middle(policy: RetryPolicy, attempt: int, low: float, high: float) -> None:
    least, most = sorted((low, high))

    assert policy.delay(attempt, 0) <= policy.delay(attempt, least) <= policy.delay(attempt, most)
    assert policy.delay(attempt, 0) + policy.delay(attempt, 1) == pytest.approx(2 * policy.delay(attempt))


def test_defaults_are_those_of_the_contract() -> None:
    waits = [RetryPolicy().delay(attempt) for attempt in range(7)]

    assert waits == [2, 4, 8, 16, 30, 30, 30]


@given(attempts)
def test_policy_without_a_limit_is_never_over(attempt: int) -> None:
    assert not RetryPolicy(tries=None).is_over(attempt)


def test_policy_is_over_after_its_tries() -> None:
    assert [RetryPolicy(tries=2).is_over(attempt) for attempt in range(4)] == [False, False, True, True]


def cursor(acked: int = 0, *, live_from: int = 0, window: int = 4, tries: int = 3) -> Cursor:
    return Cursor(acked, live_from, window, RetryPolicy(first=2, factor=2, cap=8, tries=tries))


def busy(*, acked: int = 0, sent: int = 3) -> Cursor:
    """A cursor with entries on their way since second 0."""
    one = cursor(acked)
    one.push(sent, now=0)
    return one


def test_cursor_takes_the_next_entry_and_no_other() -> None:
    one = cursor(acked=5)

    assert [offset for offset in range(10) if one.takes(offset)] == [6]


def test_cursor_takes_nothing_more_when_the_window_is_full() -> None:
    one = busy(sent=4)

    assert one.room() == 0
    assert not one.takes(5)


def test_acknowledgement_opens_the_window() -> None:
    one = busy(sent=4)

    assert one.acknowledge(2, now=1)

    assert one.room() == 2
    assert one.takes(5)


@pytest.mark.parametrize("stale", [-1, 0, 1, 2])
def test_acknowledgement_of_the_past_moves_nothing(stale: int) -> None:
    one = busy(acked=2, sent=4)

    assert not one.acknowledge(stale, now=1)

    assert (one.acked, one.sent, one.deadline) == (2, 4, 2)


def test_what_was_never_sent_is_not_acknowledged() -> None:
    one = busy(sent=3)

    assert one.acknowledge(99, now=1)

    assert (one.acked, one.sent) == (3, 3)


def test_idle_cursor_owes_nothing() -> None:
    one = busy()

    one.acknowledge(3, now=1)

    assert one.deadline is None
    assert not one.is_overdue(1e9)


def test_deadline_runs_from_the_oldest_entry_that_is_owed() -> None:
    one = busy()

    one.push(4, now=1.5)

    assert not one.is_overdue(1.9)
    assert one.is_overdue(2)


def test_progress_gives_the_reader_its_full_time_again() -> None:
    one = busy()
    one.go_back(now=2)
    one.push(3, now=2)

    one.acknowledge(1, now=3)

    assert (one.attempt, one.deadline) == (0, 5)


def test_going_back_sends_again_from_the_last_acknowledged_and_waits_longer() -> None:
    one = busy(acked=1)

    assert one.go_back(now=2)

    assert (one.sent, one.highest, one.deadline) == (1, 3, 6)
    assert one.takes(2)


def test_reader_has_as_many_tries_as_the_policy_says() -> None:
    one = busy()

    assert [one.go_back(now=now) for now in range(4)] == [True, True, False, False]


def test_acknowledgement_that_comes_after_going_back_spares_the_repeat() -> None:
    one = busy(sent=4)
    one.go_back(now=2)

    one.acknowledge(3, now=3)

    assert (one.acked, one.sent) == (3, 3)
    assert one.takes(4)


def test_entry_is_a_replay_when_it_is_older_than_the_connection() -> None:
    one = cursor(acked=2, live_from=4)

    assert [one.is_replay(offset) for offset in (3, 4, 5)] == [True, True, False]


def test_entry_is_a_replay_when_it_was_sent_before() -> None:
    one = busy(sent=2)
    one.go_back(now=2)

    assert [one.is_replay(offset) for offset in (1, 2, 3)] == [True, True, False]


def test_stepping_over_what_is_gone_leads_to_what_is_left() -> None:
    one = cursor(acked=2)

    one.skip(oldest=8)

    assert (one.acked, one.sent, one.highest) == (7, 7, 7)
    assert one.takes(8)


def test_stepping_over_never_leads_back() -> None:
    one = busy(acked=2, sent=4)

    one.skip(oldest=1)

    assert (one.acked, one.sent, one.deadline) == (2, 4, 2)


def test_nobody_owes_an_acknowledgement_for_what_is_gone() -> None:
    one = busy(sent=3)
    one.go_back(now=2)

    one.skip(oldest=9)

    assert (one.attempt, one.deadline) == (1, None)


def test_entries_behind_the_gap_are_still_owed() -> None:
    one = busy(sent=4)

    one.skip(oldest=3)

    assert (one.acked, one.sent) == (2, 4)
    assert one.is_overdue(2)


def test_a_reader_that_says_where_it_stands_is_never_given_up() -> None:
    one = Cursor(acked=0, live_from=0, policy=RetryPolicy(tries=4))
    one.push(3, now=0)
    one.acknowledge(1, now=0)

    tries = [one.go_back(now=number) and not one.acknowledge(1, now=number) for number in range(50)]

    assert all(tries)


def test_a_reader_that_says_nothing_is_given_up_after_the_last_try() -> None:
    one = Cursor(acked=0, live_from=0, policy=RetryPolicy(tries=4))
    one.push(3, now=0)

    tries = [one.go_back(now=number) for number in range(4)]

    assert tries == [True, True, True, False]
