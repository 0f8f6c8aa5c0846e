"""Engine.IO over a WebSocket, frame by frame: says exactly what it is told, and answers pings."""

import asyncio
import itertools
import json
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

Frame = str | bytes


class RawSocket:
    """One link to the relay at `url`; nothing is sent that the test did not ask for, except pongs."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("http://", "ws://") + "/socket.io/?EIO=4&transport=websocket"
        self._link: ClientConnection | None = None
        self._numbers = itertools.count(1)
        self.pings = True

    async def __aenter__(self) -> Self:
        self._link = await connect(
            self._url,
            max_size=None,
            max_queue=None,
            compression=None,
            ping_interval=None,
            proxy=None,
            close_timeout=2,
        )
        assert str(await self.link.recv()).startswith("0{")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.link.close()

    @property
    def link(self) -> ClientConnection:
        """Return the WebSocket itself."""
        assert self._link is not None
        return self._link

    @property
    def is_closed(self) -> bool:
        """Tell whether the link has ended, or is about to."""
        return self.link.state is not State.OPEN

    @property
    def port(self) -> int:
        """Return our own end of the link."""
        return int(self.link.local_address[1])

    async def join(self, token: str, **auth: object) -> dict[str, Any]:
        """Say who we are and return the welcome."""
        await self.link.send("40" + json.dumps({"protocol": 2, "token": token} | auth))
        while not (frame := str(await self.receive())).startswith('42["welcome"'):
            assert frame.startswith("40"), frame
        return dict(json.loads(frame[2:])[1])

    async def send(self, *frames: Frame) -> None:
        """Send frames as they are, a `str` as text and `bytes` as binary."""
        for frame in frames:
            await self.link.send(frame)

    async def receive(self, within: float = 10.0) -> Frame:
        """Return the next frame that is no ping.

        Raises:
            ConnectionClosed: the relay hung up.
        """
        async with asyncio.timeout(within):
            while (frame := await self.link.recv()) == "2" and self.pings:
                await self.link.send("3")
        return frame

    async def ask(self, event: str, body: object) -> dict[str, Any]:
        """Make a request and return its ack; what arrives in between is dropped."""
        number = next(self._numbers)
        await self.link.send(f"42{number}" + json.dumps([event, body]))
        while not (frame := str(await self.receive())).startswith(f"43{number}["):
            pass
        return dict(json.loads(frame[2 + len(str(number)) :])[0])

    def stop_reading(self) -> None:
        """Take nothing more off the wire."""
        self.link.transport.pause_reading()

    async def closed(self, within: float = 15.0) -> int:
        """Wait for the relay to hang up and return the WebSocket's close code."""
        try:
            while True:
                await self.receive(within)
        except ConnectionClosed:
            return int(self.link.close_code or 1006)
