"""A plain C2CP client on python-socketio, without our SDK: it records all it hears and retries nothing."""

import asyncio
from collections.abc import Callable
from typing import Any, Self

import aiohttp
import socketio
from socketio.exceptions import ConnectionError as ConnectFailed

Event = tuple[str, Any]


class RawAgent:
    """One connection to the relay; by default it acknowledges what it hears."""

    def __init__(self, url: str, token: str, *, acks: bool = True) -> None:
        self._url = url
        self._token = token
        self._acks = acks
        self._http: aiohttp.ClientSession | None = None
        self._socket: Any = None
        self._news = asyncio.Condition()
        self._untold: dict[str, int] = {}
        self._receipts: asyncio.Task[None] | None = None
        self.events: list[Event] = []
        self.refusal: dict[str, Any] | None = None

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def connect(self, resume: dict[str, Any] | None = None) -> dict[str, Any]:
        """Connect anew and return the welcome."""
        self._http = aiohttp.ClientSession()
        self._socket = socketio.AsyncClient(reconnection=False, handle_sigint=False, http_session=self._http)
        self._socket.on("*", self._hear)
        self._socket.on("connect_error", self._refused)
        heard = len(self.events)
        auth = {"protocol": 2, "token": self._token} | ({"resume": resume} if resume else {})
        await self._socket.connect(self._url, auth=auth, transports=["websocket"], wait=False)
        welcome = await self.until(lambda: self._first("welcome", heard))
        if self._acks:
            self._receipts = asyncio.create_task(self._tell_receipts())
        return dict(welcome)

    async def refused(self) -> dict[str, Any]:
        """Connect, expect a refusal, and return its error object."""
        try:
            await self.connect()
        except (ConnectFailed, AssertionError):
            assert self.refusal is not None, "the connection failed without a reason"
            return self.refusal
        finally:
            await self.close()
        raise AssertionError("the relay let it in")

    async def close(self) -> None:
        """Leave and stop to record."""
        if self._receipts is not None:
            self._receipts.cancel()
            await asyncio.gather(self._receipts, return_exceptions=True)
            self._receipts = None
        if self._socket is not None:
            await self._socket.disconnect()
            tasks = {self._socket.eio.read_loop_task, self._socket.eio.write_loop_task} - {None}
            if tasks:
                await asyncio.wait(tasks, timeout=5)
        if self._http is not None:
            await self._http.close()

    async def call(self, event: str, body: Any, within: float = 15.0) -> dict[str, Any]:
        """Make a request and return its ack, whatever that says."""
        return dict(await self._socket.call(event, body, timeout=within))

    async def ask(self, event: str, body: Any) -> dict[str, Any]:
        """Make a request that must be granted."""
        ack = await self.call(event, body)
        assert ack["ok"], ack
        return ack

    async def say(
        self, text: str, *, to_type: str = "global", to_id: str = "global", **more: object
    ) -> dict[str, Any]:
        """Send a text and return its ack."""
        payload = {"kind": "text", "text": text}
        return await self.ask("chat_send", {"to_type": to_type, "to_id": to_id, "payload": payload, **more})

    def heard(self, event: str) -> list[Any]:
        """Return the bodies of every such event, in order."""
        return [body for name, body in self.events if name == event]

    def messages(self, room: str = "global") -> list[dict[str, Any]]:
        """Return what was heard of a room, repetitions included."""
        return [body for body in self.heard("chat_message") if body["room"] == room]

    def texts(self, room: str = "global") -> list[str]:
        """Return the texts heard of a room."""
        return [message["payload"]["text"] for message in self.messages(room)]

    async def until(self, look: Callable[[], Any], within: float = 20.0) -> Any:
        """Wait until `look` finds something and return that."""
        try:
            async with asyncio.timeout(within), self._news:
                await self._news.wait_for(lambda: look() or self.refusal)
        except TimeoutError:
            tail = [name for name, _ in self.events[-20:]]
            raise AssertionError(f"waited {within} s in vain; heard last: {tail}") from None
        found = look()
        assert found, self.refusal
        return found

    def _first(self, event: str, since: int) -> Any:
        return next((body for name, body in self.events[since:] if name == event), None)

    async def _hear(self, event: str, body: Any = None) -> None:
        self.events.append((event, body))
        if event == "chat_message":
            self._untold[body["room"]] = max(body["offset"], self._untold.get(body["room"], 0))
        async with self._news:
            self._news.notify_all()

    async def _refused(self, data: Any = None) -> None:
        self.refusal = data.get("data", data) if isinstance(data, dict) else {"message": data}
        async with self._news:
            self._news.notify_all()

    async def _tell_receipts(self) -> None:
        while True:
            async with self._news:
                await self._news.wait_for(lambda: self._untold)
            rooms, self._untold = self._untold, {}
            for room, offset in rooms.items():
                await self._socket.emit("chat_ack", {"room": room, "offset": offset})
            await asyncio.sleep(0.02)


async def say_many(sender: RawAgent, count: int, at_once: int = 50) -> None:
    """Say "0", "1", … in this order, waiting for the acks of each `at_once`."""
    for start in range(0, count, at_once):
        numbers = range(start, min(start + at_once, count))
        await asyncio.gather(*(sender.say(str(number)) for number in numbers))
