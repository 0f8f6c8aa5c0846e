"""How often one address may try to sign in."""

from collections import deque
from collections.abc import Callable

TRIES = 5
WINDOW = 60.0
ADDRESSES = 10_000


class Throttle:
    """A sliding window per address; the longest known address gives way when there are too many."""

    def __init__(self, monotonic: Callable[[], float], *, tries: int = TRIES, window: float = WINDOW) -> None:
        self._monotonic = monotonic
        self._tries = tries
        self._window = window
        self._seen: dict[str, deque[float]] = {}

    def wait(self, address: str) -> float:
        """Count an attempt; return 0, or the seconds until the next one is allowed."""
        now = self._monotonic()
        seen = self._seen.setdefault(address, deque())
        while seen and now - seen[0] >= self._window:
            seen.popleft()
        if len(seen) >= self._tries:
            return self._window - (now - seen[0])
        seen.append(now)
        if len(self._seen) > ADDRESSES:
            self._seen.pop(next(iter(self._seen)))
        return 0.0

    def forgive(self, address: str) -> None:
        """Forget the attempts of an address that has signed in."""
        self._seen.pop(address, None)
