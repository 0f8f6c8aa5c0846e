"""Time and ids, injected so that tests own them. Durations come from the monotonic clock only."""

import secrets
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where time, ids and dice come from."""

    def now(self) -> datetime: ...

    def stamp(self) -> str: ...

    def monotonic(self) -> float: ...

    def new_id(self) -> str: ...

    def roll(self) -> float: ...


class SystemClock:
    """The machine's own clock and randomness."""

    _millisecond = -1
    _second = -1
    _upto_second = ""
    _stamp = ""

    def now(self) -> datetime:
        """Return the wall-clock time in UTC, to the millisecond."""
        return datetime.fromtimestamp(time.time_ns() // 1_000_000 / 1000, UTC)

    def stamp(self) -> str:
        """Return the wall-clock time as `stamp` writes it."""
        # Asked several times a message; within a millisecond it is written once.
        millisecond = time.time_ns() // 1_000_000
        if millisecond != self._millisecond:
            self._millisecond = millisecond
            second, rest = divmod(millisecond, 1000)
            if second != self._second:
                self._second = second
                self._upto_second = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            self._stamp = f"{self._upto_second}.{rest:03}Z"
        return self._stamp

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()

    def new_id(self) -> str:
        """Return a fresh id of 128 random bits."""
        return secrets.token_hex(16)

    def roll(self) -> float:
        """Return a number in [0, 1)."""
        return secrets.randbelow(1 << 30) / (1 << 30)


def stamp(moment: datetime) -> str:
    """Write a moment as RFC 3339 in UTC with milliseconds."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
