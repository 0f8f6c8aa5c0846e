"""Light agents for crowds: no client library, so that one test process can be many of them."""

import asyncio
import contextlib
import itertools
import time
from collections import defaultdict
from typing import Any, Self

import orjson
from websockets.exceptions import ConnectionClosed

from e2e.rawsocket import RawSocket

RECEIPT_EVERY = 0.05  # seconds
IN_FLIGHT = 256  # more would only measure how busy this machine is


class LightAgent:
    """Sends with acks, reads and acknowledges; remembers `(offset, id)` of all it hears, room by room."""

    def __init__(self, url: str, token: str) -> None:
        self._socket = RawSocket(url)
        self._token = token
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._work: asyncio.Future[tuple[None, None]] | None = None
        self._moved = asyncio.Event()
        self._untold: dict[str, int] = {}
        self.heard: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
        self.repeats = 0
        self.events: list[str] = []

    async def __aenter__(self) -> Self:
        await self._socket.__aenter__()
        await self._socket.join(self._token)
        self._work = asyncio.gather(self._read(), self._tell_receipts())
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._socket.__aexit__(*error)
        if self._work is not None:
            await self._work

    async def ask(self, event: str, body: object) -> dict[str, Any]:
        """Make a request that must be granted."""
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send(f"42{number}" + orjson.dumps([event, body]).decode())
        ack: dict[str, Any] = await asyncio.wait_for(answer, 60)
        assert ack["ok"], ack
        return ack

    async def say(self, room: str, message_id: str, text: str) -> dict[str, Any]:
        """Send a text and return its ack."""
        to_type = "global" if room == "global" else "room"
        payload = {"kind": "text", "text": text}
        return await self.ask(
            "chat_send", {"id": message_id, "to_type": to_type, "to_id": room, "payload": payload}
        )

    async def has_heard(self, room: str, count: int, within: float = 60.0) -> None:
        """Wait until so many entries of a room have come."""
        try:
            async with asyncio.timeout(within):
                while len(self.heard[room]) < count:
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            last = self.heard[room][-3:]
            raise AssertionError(f"{len(self.heard[room])} of {count} came, the last are {last}") from None

    async def _read(self) -> None:
        while True:
            try:
                frame = await self._socket.receive(within=60)
            except (ConnectionClosed, TimeoutError):
                return
            if isinstance(frame, str):
                self._take(frame)

    async def _tell_receipts(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            while not self._socket.is_closed:
                rooms, self._untold = self._untold, {}
                for room, offset in rooms.items():
                    receipt = ["chat_ack", {"room": room, "offset": offset}]
                    await self._socket.send("42" + orjson.dumps(receipt).decode())
                await asyncio.sleep(RECEIPT_EVERY)

    def _take(self, frame: str) -> None:
        if frame.startswith("43"):
            begin = frame.index("[")
            self._answers.pop(int(frame[2:begin])).set_result(orjson.loads(frame[begin:])[0])
            return
        event, body = orjson.loads(frame[2:])
        if event == "chat_message":
            self._note(body["room"], body["offset"], body["id"])
        else:
            self.events.append(event)

    def _note(self, room: str, offset: int, message_id: str) -> None:
        known = self.heard[room]
        if known and offset <= known[-1][0]:
            self.repeats += 1
        else:
            known.append((offset, message_id))
        self._untold[room] = known[-1][0]
        self._moved.set()


class Traffic:
    """So many messages a second in a room while the block lasts; `waits` for their acks in seconds."""

    def __init__(self, sender: LightAgent, room: str, text: str, per_second: float) -> None:
        self._sender = sender
        self._room = room
        self._text = text
        self._per_second = per_second
        self._sending: asyncio.Task[None] | None = None
        self._is_over = False
        self._slots = asyncio.Semaphore(IN_FLIGHT)
        self.count = 0
        self.waits: list[float] = []

    async def __aenter__(self) -> Self:
        self._sending = asyncio.create_task(self._send())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._is_over = True
        assert self._sending is not None
        await self._sending

    async def _send(self) -> None:
        begin = time.monotonic()
        async with asyncio.TaskGroup() as group:
            while not self._is_over:
                await self._slots.acquire()
                self.count += 1
                group.create_task(self._say(self.count))
                await asyncio.sleep(max(0.0, begin + self.count / self._per_second - time.monotonic()))

    async def _say(self, number: int) -> None:
        asked = time.monotonic()
        await self._sender.say(self._room, f"m{number}", self._text)
        self.waits.append(time.monotonic() - asked)
        self._slots.release()
