"""A TCP proxy that breaks connections in the ways in which networks do."""

import asyncio
import contextlib
import socket
import struct
from enum import StrEnum
from typing import Self

CHUNK = 64 * 1024
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Mode(StrEnum):
    """What happens to connections and to what they carry."""

    PASS = "pass"
    REFUSE = "refuse"  # a new connection is reset at once
    BLACKHOLE = "blackhole"  # nothing arrives any more, in either direction
    DEAF = "deaf"  # what the relay says does not arrive; what it is told does


class Proxy:
    """Stands between a client and the relay at `url`; set `mode`, `delay` and `cut_after` at any time."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._server: asyncio.Server | None = None
        self._links: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.mode = Mode.PASS
        self.delay = 0.0  # seconds on the way to the client
        self.cut_after: int | None = None  # bytes to the client after which the connection is reset
        self.url = ""
        self._lost = b""
        self._losing = asyncio.Event()

    async def has_lost(self, words: bytes) -> None:
        """Wait until these words of the relay were taken and not passed on."""
        async with asyncio.timeout(30):
            while words not in self._lost:
                self._losing.clear()
                await self._losing.wait()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.reset_all()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def reset_all(self) -> int:
        """Reset every connection, with whatever is on its way; return how many there were."""
        links, self._links = self._links, set()
        for near, far in links:
            _reset(near)
            _reset(far)
        return len(links)

    async def _accept(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        if self.mode is Mode.REFUSE:
            _reset(near)
            return
        try:
            far_reader, far = await asyncio.open_connection("127.0.0.1", self._target)
        except BaseException:
            near.close()
            raise
        self._links.add((near, far))
        for work in (self._up(reader, far), self._down(far_reader, near, far)):
            task = asyncio.create_task(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _up(self, reader: asyncio.StreamReader, far: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError):
                while chunk := await reader.read(CHUNK):
                    if self.mode is not Mode.BLACKHOLE:
                        far.write(chunk)
                        await far.drain()
        finally:
            far.close()

    async def _down(
        self, reader: asyncio.StreamReader, near: asyncio.StreamWriter, far: asyncio.StreamWriter
    ) -> None:
        carried = 0
        try:
            with contextlib.suppress(OSError):
                while chunk := await reader.read(CHUNK):
                    if self.mode in {Mode.BLACKHOLE, Mode.DEAF}:
                        self._lost += chunk
                        self._losing.set()
                        continue
                    if self.delay:
                        await asyncio.sleep(self.delay)
                    carried += len(chunk)
                    if self.cut_after is not None and carried > self.cut_after:
                        # In the middle of a frame, as a network would.
                        near.write(chunk[: len(chunk) // 2])
                        _reset(near)
                        _reset(far)
                        break
                    near.write(chunk)
                    await near.drain()
        finally:
            self._links.discard((near, far))
            near.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    if (link := writer.get_extra_info("socket")) is not None and link.fileno() >= 0:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    writer.transport.abort()
