"""Long polls: an answer that may wait until something has happened in a room."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from app.actor import Actor
from app.clock import Clock
from app.delivery.streams import Streams

MAX_WAIT = 60.0  # seconds
Found = TypeVar("Found")


class LongPolls:
    """Lets callers wait for news of a room."""

    def __init__(self, *, streams: Streams, clock: Clock) -> None:
        self._streams = streams
        self._clock = clock

    async def until(
        self,
        is_enough: Callable[[Found], bool],
        look: Callable[[], Awaitable[Found]],
        *,
        actor: Actor,
        room: str,
        wait: float,
    ) -> Found:
        """Look, and again at all news of the room, until it is enough or `wait` seconds have gone by.

        Raises:
            RateLimited: the agent, or its address, has too many streams open.
        """
        until = self._clock.monotonic() + wait
        with self._streams.watching(actor, room) as stream:
            while True:
                # Before the look: what happens during it is news as well.
                stream.next_rooms()
                found = await look()
                left = until - self._clock.monotonic()
                if is_enough(found) or stream.is_over() or left <= 0 or not await stream.news(left):
                    return found
