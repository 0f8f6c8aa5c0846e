"""Token buckets: how often an agent may ask, one budget for each kind of request."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from app.clock import Clock
from app.settings import Settings
from protocol.errors import RateLimited
from protocol.events import Budget

MAX_BUCKETS = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_second` in the long run, `burst` at once."""

    per_second: float
    burst: int


@dataclass(frozen=True)
class BudgetUse:
    """What is left of a budget to one key."""

    key: str
    budget: Budget
    left: float
    burst: int
    per_second: float


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class LimitsService:
    """Counts requests against budgets; the least recently used bucket is forgotten first."""

    def __init__(self, *, clock: Clock, rates: Mapping[Budget, Rate], max_buckets: int = MAX_BUCKETS) -> None:
        self._clock = clock
        self._rates = rates
        self._max_buckets = max_buckets
        self._buckets: OrderedDict[tuple[str, Budget], _Bucket] = OrderedDict()

    def take(self, key: str, budget: Budget) -> None:
        """Spend one token.

        Raises:
            RateLimited: the budget is used up; `retry_after` says for how long.
        """
        rate = self._rates[budget]
        now = self._clock.monotonic()
        bucket = self._buckets.get((key, budget))
        if bucket is None:
            bucket = self._opened(key, budget, now)
        self._buckets.move_to_end((key, budget))
        tokens = bucket.tokens + (now - bucket.filled_at) * rate.per_second
        bucket.filled_at = now
        # Once a request: a call of `min` costs as much as all the rest.
        bucket.tokens = tokens = rate.burst if tokens > rate.burst else tokens  # noqa: FURB136
        if tokens < 1:
            wait = (1 - tokens) / rate.per_second
            raise RateLimited(f"too many {budget} requests", retry_after=wait)
        bucket.tokens = tokens - 1

    def adopt(self, settings: Settings) -> None:
        """Count against other rates from now on."""
        self._rates = rates_of(settings)

    def use(self) -> list[BudgetUse]:
        """List the buckets that are not full, the emptiest first."""
        now = self._clock.monotonic()
        uses = []
        for (key, budget), bucket in self._buckets.items():
            rate = self._rates[budget]
            left = min(rate.burst, bucket.tokens + (now - bucket.filled_at) * rate.per_second)
            if left < rate.burst:
                uses.append(BudgetUse(key, budget, round(left, 2), rate.burst, rate.per_second))
        return sorted(uses, key=lambda use: use.left / use.burst)

    def __len__(self) -> int:
        return len(self._buckets)

    def _opened(self, key: str, budget: Budget, now: float) -> _Bucket:
        bucket = self._buckets[key, budget] = _Bucket(self._rates[budget].burst, now)
        while len(self._buckets) > self._max_buckets:
            self._buckets.popitem(last=False)
        return bucket


def rates_of(settings: Settings) -> dict[Budget, Rate]:
    """Return the rates that the operator has set."""
    events = Rate(settings.rate_events, settings.rate_events_burst)
    return {
        Budget.CHAT: Rate(settings.rate_chat, settings.rate_chat_burst),
        # Catching up after a cut needs far more than living does.
        Budget.CATCH_UP: Rate(events.per_second * 10, events.burst * 10),
        Budget.SIGNAL: events,
        Budget.CONTROL: events,
        Budget.MISTAKE: Rate(1.0, 20),
    }
