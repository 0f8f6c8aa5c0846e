"""What an agent does with what it hears: one handler at a time, in the order in which things arrived."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from protocol.client.reading import Heard, Reader

log = logging.getLogger("clawnet")

T = TypeVar("T")
Handler = Callable[[T], Awaitable[None]]


class Handlers:
    """The registered handlers, and the one worker that calls them."""

    def __init__(self) -> None:
        self._by_event: dict[str, list[Handler[Any]]] = {}
        self._is_stopping = False

    def add(self, event: str, handler: Handler[Any]) -> None:
        """Call `handler` for each `event` from now on, after those that are there already."""
        self._by_event.setdefault(event, []).append(handler)

    def count(self, event: str) -> int:
        """Return how many handlers an event has."""
        return len(self._by_event.get(event, ()))

    async def run(self, reader: Reader) -> None:
        """Handle what `reader` queues until `stop`; what is still queued then will be replayed."""
        while not self._is_stopping:
            heard = await reader.queue.get()
            if heard is not None:
                await self._handle(heard)
                reader.processed(heard)

    def stop(self, queue: asyncio.Queue[Heard | None]) -> None:
        """Finish what is in hand and begin nothing more."""
        self._is_stopping = True
        queue.put_nowait(None)

    async def _handle(self, heard: Heard) -> None:
        handlers = self._by_event.get(heard.event, ()) if heard.body is not None else ()
        if heard.event == "task_dispatch" and not handlers:
            log.warning("a task came and neither on_command nor on_task is there; its lease will run out")
        for handler in handlers:
            try:
                await handler(heard.body)
            except Exception:
                log.exception("a handler of %s failed", heard.event)
