"""Gathering: what comes in crowds is told together, and of each thing only how it stands."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

from app.clock import Clock

_T = TypeVar("_T")


class Gathering(Generic[_T]):
    """Hands on what it is given: at once after a pause of `every` seconds, and else together after one."""

    def __init__(self, hand_on: Callable[[list[_T]], None], *, every: float, clock: Clock) -> None:
        self._hand_on = hand_on
        self._every = every
        self._clock = clock
        self._gathered: dict[str, _T] = {}
        self._handed_on_at = -every
        self._timer: asyncio.TimerHandle | None = None

    def add(self, key: str, thing: _T) -> None:
        """Take a thing; a newer one of the same key takes its place."""
        self._gathered[key] = thing
        left = self._handed_on_at + self._every - self._clock.monotonic()
        if left <= 0:
            self._now()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(left, self._now)

    def _now(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        gathered, self._gathered, self._timer = self._gathered, {}, None
        self._handed_on_at = self._clock.monotonic()
        self._hand_on(list(gathered.values()))
