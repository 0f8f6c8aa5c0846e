"""The tally: what is counted on a message's way. Plain numbers, that nobody looks at before somebody asks."""

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from protocol.errors import RateLimited
from protocol.rooms import RoomProgress

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Spread:
    """How long things took, in seconds; many that took the same are taken up in one step."""

    def __init__(self, bounds: tuple[float, ...] = SECONDS) -> None:
        self.bounds = bounds
        self.total = 0.0
        # The last one holds what took longer than any bound.
        self._counts = [0] * (len(bounds) + 1)

    def add(self, seconds: float, count: int = 1) -> None:
        """Note that `count` things took this long."""
        self._counts[bisect_left(self.bounds, seconds)] += count
        self.total += seconds * count

    def cumulative(self) -> list[tuple[str, float]]:
        """Return how many took at most as long as each bound, as Prometheus writes it."""
        names = [*map(str, self.bounds), "+Inf"]
        upto = 0
        buckets: list[tuple[str, float]] = []
        for name, count in zip(names, self._counts, strict=True):
            upto += count
            buckets.append((name, upto))
        return buckets


@dataclass(slots=True, eq=False)
class Tally:
    """What was counted since the start; who counts holds it and adds to it."""

    now: Callable[[], float] = time.monotonic
    deliveries: int = 0  # entries handed to links and streams, repeats included
    replays: int = 0  # those among them that came late or again
    resumes: Counter[str] = field(default_factory=Counter)
    disconnects: Counter[str] = field(default_factory=Counter)  # by why it ended
    refusals: Counter[str] = field(default_factory=Counter)  # of events, by the code of the error
    limited: Counter[str] = field(default_factory=Counter)  # by the door
    delivered: Spread = field(default_factory=Spread)
    answered: Spread = field(default_factory=Spread)
    is_audit_intact: bool | None = None  # None until somebody has verified the trail

    def resumed(self, rooms: Iterable[RoomProgress]) -> None:
        """Note that a reader came back and said where it stands."""
        self.resumes["recovered" if all(room.recovered for room in rooms) else "lost"] += 1

    def passed(self, *, late: bool) -> None:
        """Note that one entry was handed to a link."""
        self.deliveries += 1
        self.replays += late

    def refused(self, code: str) -> None:
        """Note that an event was refused."""
        self.refusals[code] += 1
        if code == RateLimited.code:
            self.limited["socket"] += 1
