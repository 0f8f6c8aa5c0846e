"""Limits: how often an agent may ask, and what is remembered of it."""

import pytest

from app.services.limits import BudgetUse, LimitsService, Rate
from protocol.errors import RateLimited
from protocol.events import Budget
from tests.fakes import FakeClock


def limits_of(clock: FakeClock, *, per_second: float = 2.0, burst: int = 3, cap: int = 100) -> LimitsService:
    rates = dict.fromkeys(Budget, Rate(per_second, burst))
    return LimitsService(clock=clock, rates=rates, max_buckets=cap)


def spend(limits: LimitsService, count: int, key: str = "ann", budget: Budget = Budget.CHAT) -> None:
    for _ in range(count):
        limits.take(key, budget)


def test_burst_is_let_through_and_no_more(clock: FakeClock) -> None:
    limits = limits_of(clock, burst=3)

    spend(limits, 3)

    with pytest.raises(RateLimited):
        limits.take("ann", Budget.CHAT)


def test_refusal_says_how_long_to_wait_and_keeps_its_word(clock: FakeClock) -> None:
    limits = limits_of(clock, per_second=2.0, burst=3)
    spend(limits, 3)
    with pytest.raises(RateLimited) as refusal:
        limits.take("ann", Budget.CHAT)

    clock.advance(refusal.value.retry_after or 0)

    assert refusal.value.retry_after == 0.5
    limits.take("ann", Budget.CHAT)


def test_asking_too_early_costs_nothing(clock: FakeClock) -> None:
    limits = limits_of(clock, per_second=2.0, burst=1)
    spend(limits, 1)
    clock.advance(0.25)
    with pytest.raises(RateLimited) as refusal:
        limits.take("ann", Budget.CHAT)

    clock.advance(0.25)

    assert refusal.value.retry_after == 0.25
    limits.take("ann", Budget.CHAT)


def test_rest_fills_up_to_the_burst_and_not_beyond(clock: FakeClock) -> None:
    limits = limits_of(clock, burst=3)
    spend(limits, 3)
    clock.advance(3600)

    spend(limits, 3)

    with pytest.raises(RateLimited):
        limits.take("ann", Budget.CHAT)


def test_agents_do_not_pay_for_each_other(clock: FakeClock) -> None:
    limits = limits_of(clock, burst=1)
    spend(limits, 1, "ann")

    limits.take("bob", Budget.CHAT)


def test_budgets_do_not_pay_for_each_other(clock: FakeClock) -> None:
    limits = limits_of(clock, burst=1)
    spend(limits, 1, "ann", Budget.CHAT)

    limits.take("ann", Budget.CATCH_UP)


def test_wall_clock_does_not_matter(clock: FakeClock) -> None:
    limits = limits_of(clock, burst=1)
    spend(limits, 1)

    for _ in range(3):
        clock.now()

    with pytest.raises(RateLimited):
        limits.take("ann", Budget.CHAT)


def test_number_of_buckets_is_bounded_and_the_unused_go_first(clock: FakeClock) -> None:
    limits = limits_of(clock, burst=1, cap=3)
    for key in ("ann", "bob", "cas"):
        spend(limits, 1, key)
    with pytest.raises(RateLimited):
        limits.take("ann", Budget.CHAT)

    limits.take("dee", Budget.CHAT)

    assert len(limits) == 3
    with pytest.raises(RateLimited):
        limits.take("ann", Budget.CHAT)
    limits.take("bob", Budget.CHAT)


def test_use_lists_what_is_left_the_emptiest_first(clock: FakeClock) -> None:
    limits = limits_of(clock, per_second=2.0, burst=10)
    spend(limits, 3, "ann")
    spend(limits, 9, "bob")
    spend(limits, 5, "ann", Budget.CONTROL)

    assert limits.use() == [
        BudgetUse("bob", Budget.CHAT, 1.0, 10, 2.0),
        BudgetUse("ann", Budget.CONTROL, 5.0, 10, 2.0),
        BudgetUse("ann", Budget.CHAT, 7.0, 10, 2.0),
    ]


def test_use_leaves_out_who_has_recovered(clock: FakeClock) -> None:
    limits = limits_of(clock, per_second=2.0, burst=10)
    spend(limits, 3, "ann")
    spend(limits, 4, "bob")
    clock.advance(1.5)

    assert limits.use() == [BudgetUse("bob", Budget.CHAT, 9.0, 10, 2.0)]


def test_looking_at_the_use_spends_nothing(clock: FakeClock) -> None:
    limits = limits_of(clock, burst=2)
    spend(limits, 1)

    looks = [limits.use() for _ in range(5)]

    assert looks == [looks[0]] * 5
    limits.take("ann", Budget.CHAT)


def test_refused_request_shows_as_nothing_left(clock: FakeClock) -> None:
    limits = limits_of(clock, burst=1)
    spend(limits, 1)

    with pytest.raises(RateLimited):
        limits.take("ann", Budget.CHAT)

    assert [use.left for use in limits.use()] == [0.0]


def test_nobody_uses_anything_at_first(clock: FakeClock) -> None:
    assert limits_of(clock).use() == []
