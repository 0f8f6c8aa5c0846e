"""Windows of requests on the monotonic clock, for the limiter that counts them: so many keys, and no more.

The storage that the limiter brings along asks the wall clock, which may be set back, takes any number of keys
and starts thread after thread to look for what has ended.
"""

from dataclasses import dataclass

from limits.storage import Storage
from typing_extensions import override

from app.clock import Clock

SCHEME = "clawnet-windows"
MAX_KEYS = 10_000


@dataclass(slots=True)
class _Window:
    ends: float
    hits: int = 0


class Windows(Storage):
    """Counts hits by key; of too many windows the one that began first gives way. Times are monotonic."""

    STORAGE_SCHEME = [SCHEME]

    def __init__(self, uri: str | None = None, *, clock: Clock, most: int = MAX_KEYS) -> None:
        super().__init__(uri)
        self._clock = clock
        self._most = most
        # In the order of their beginning, which is that of their end as well: all are equally long.
        self._windows: dict[str, _Window] = {}

    @property
    @override
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    @override
    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        now = self._clock.monotonic()
        window = self._windows.get(key)
        if window is None or window.ends <= now:
            self._windows.pop(key, None)
            self._make_room(now)
            window = self._windows[key] = _Window(now + expiry)
        window.hits += amount
        return window.hits

    @override
    def get(self, key: str) -> int:
        window = self._windows.get(key)
        return window.hits if window and window.ends > self._clock.monotonic() else 0

    @override
    def get_expiry(self, key: str) -> float:
        window = self._windows.get(key)
        return window.ends if window else self._clock.monotonic()

    @override
    def check(self) -> bool:
        return True

    @override
    def reset(self) -> int:
        count = len(self._windows)
        self._windows.clear()
        return count

    @override
    def clear(self, key: str) -> None:
        self._windows.pop(key, None)

    def __len__(self) -> int:
        return len(self._windows)

    def _make_room(self, now: float) -> None:
        while self._windows:
            oldest = next(iter(self._windows))
            if len(self._windows) < self._most and self._windows[oldest].ends > now:
                return
            del self._windows[oldest]
