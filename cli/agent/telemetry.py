"""Reports: tells the relay how the agent is, a section at a time and only what has changed."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Protocol

from cli.agent.backends import Backends
from cli.agent.commands import COMMANDS
from cli.agent.host import Host, own_version
from protocol.errors import ClawNetError
from protocol.text import dumps

log = logging.getLogger("clawnet.agent")

EVERY = 30.0  # seconds between two reports
SOON = 1.0  # seconds in which changes gather


def announced(backends: Backends) -> list[dict[str, object]]:
    """Return the rows of the command table that this agent can execute."""
    known = backends.commands | {"stop"}
    return [command.announced() for name, command in COMMANDS.items() if name in known]


class Relay(Protocol):
    """The relay, as far as reports are concerned."""

    async def report(self, **sections: object) -> None: ...


class Telemetry:
    """Gathers what there is to say, and says it while it lasts."""

    def __init__(
        self,
        relay: Relay,
        host: Host,
        backends: Backends,
        *,
        running: Callable[[], list[str]],
        changed: asyncio.Event,
    ) -> None:
        self._relay = relay
        self._host = host
        self._backends = backends
        self._announced = announced(backends)
        self._running = running
        self._changed = changed
        self._told: dict[str, str] = {}
        self._is_connected = asyncio.Event()

    def connected(self) -> None:
        """Begin anew: the relay may have forgotten what it was told."""
        self._told.clear()
        self._changed.set()
        self._is_connected.set()

    async def live(self) -> None:
        """Report, for ever."""
        await self._is_connected.wait()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY):
                    await self._changed.wait()
            self._changed.clear()
            await self._report()
            await asyncio.sleep(SOON)

    async def _report(self) -> None:
        sections = await self._sections()
        encoded = {name: dumps(section) for name, section in sections.items()}
        news = {name for name, text in encoded.items() if self._told.get(name) != text}
        try:
            await self._relay.report(**{name: sections[name] for name in news})
        except ClawNetError as error:
            log.info("the report was not taken: %s", error.code)
            return
        self._told |= {name: encoded[name] for name in news}

    async def _sections(self) -> Mapping[str, object]:
        specs = {
            **self._host.specs(),
            "version": own_version(),
            "backends": self._backends.names,
            "commands": self._announced,
        }
        return {"specs": specs, "running": self._running(), **await self._backends.sections()}
