"""Keeps an agent connected: dials, waits with back-off, dials again, until the relay refuses for good."""

import asyncio
import logging
import random
from collections.abc import Mapping
from typing import Any, Protocol

from protocol.client.link import Link
from protocol.errors import ClawNetError
from protocol.pushes import Welcome
from protocol.reliability import RetryPolicy

log = logging.getLogger("clawnet")

STEADY = 10.0  # seconds; a connection that lived shorter does not reset the back-off

# A proxy may block WebSocket, so every other try starts with polling and upgrades if it can.
TRANSPORTS = (("websocket",), ("polling", "websocket"))


class Party(Protocol):
    """Who lives on the connection; it is called in order and may neither wait nor raise."""

    def handshake(self) -> Mapping[str, object]: ...

    def linked(self, link: Link, welcome: Welcome) -> None: ...

    def unlinked(self) -> None: ...

    def heard(self, event: str, body: Any) -> None: ...


class Connector:
    """Holds one link at a time open."""

    def __init__(self, url: str, party: Party, *, policy: RetryPolicy) -> None:
        self._url = url
        self._party = party
        self._policy = policy
        self._link: Link | None = None

    async def run(self) -> ClawNetError:
        """Stay connected; return the refusal that ends it."""
        loop = asyncio.get_running_loop()
        attempt = 0
        while True:
            started = loop.time()
            failure = await self._live_once(TRANSPORTS[attempt % len(TRANSPORTS)])
            if failure is not None and not failure.retryable:
                return failure
            attempt = 0 if loop.time() - started > STEADY and failure is None else attempt + 1
            await asyncio.sleep(self._pause(max(attempt - 1, 0), failure))

    async def _live_once(self, transports: tuple[str, ...]) -> ClawNetError | None:
        """Live through one connection; return why it failed to begin, or None once it has ended."""
        self._link = link = Link(self)
        try:
            await link.open(self._url, self._party.handshake(), transports)
            await link.ended()
            log.info("the connection to the relay has ended")
        except ClawNetError as error:
            log.info("no connection to the relay: %s", error)
            return error
        finally:
            self._link = None
            self._party.unlinked()
            await link.close()
        return None

    def welcomed(self, welcome: Welcome) -> None:
        """Hand the link over before anything that follows the welcome is heard."""
        if self._link is not None:
            self._party.linked(self._link, welcome)

    def heard(self, event: str, body: Any) -> None:
        """Pass on what the relay says; whether a closing is for good, the next handshake shows."""
        self._party.heard(event, body)

    def _pause(self, attempt: int, failure: ClawNetError | None) -> float:
        wait = self._policy.delay(attempt, random.random())  # noqa: S311 - spreads the load, hides nothing
        return max(wait, failure.retry_after or 0.0) if failure is not None else wait
