"""uvicorn as the relay runs it: with its limits, without its logs, and ended in time."""

import asyncio
import socket
from collections.abc import Callable, Iterable

import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override

from app.edge.slowness import PunctualProtocol
from protocol.text import MAX_PAYLOAD


class RelayServer(uvicorn.Server):
    """uvicorn's server, which ends what would never end by itself before it waits for the rest."""

    def __init__(self, config: uvicorn.Config, endings: Iterable[Callable[[], None]]) -> None:
        super().__init__(config)
        self._endings = endings

    def end(self) -> None:
        """Stop once what is being answered has been answered."""
        self.should_exit = True

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for end in self._endings:
            end()
        await super().shutdown(sockets)


def config_of(app: ASGIApp, heartbeat: float, websocket: type[asyncio.Protocol]) -> uvicorn.Config:
    """Return the configuration; `heartbeat` is the time between two transport pings in seconds."""
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        http=PunctualProtocol,
        ws=websocket,
        ws_ping_interval=heartbeat,
        ws_ping_timeout=heartbeat,
        ws_max_size=MAX_PAYLOAD,
        ws_per_message_deflate=False,
        # Client addresses come from the peer, not from a header that anybody can write.
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
