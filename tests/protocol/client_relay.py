"""A relay in miniature on a real socket, which does what a test tells it; it speaks C2CP v2."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any, TypeVar

import socketio
import uvicorn
from socketio.exceptions import ConnectionRefusedError as Refused
from typing_extensions import override

from clawnet import Agent, ChatGap, Message
from protocol.client.session import Pace
from protocol.errors import ClawNetError
from protocol.reliability import RetryPolicy

TOKEN = "clw_test_token"
NOW = "2026-01-01T00:00:00.000Z"
PATIENCE = 10.0  # seconds after which a test gives up waiting

# Fast enough for tests, slow enough that nothing is sent twice by accident.
QUICK = Pace(
    retry=RetryPolicy(first=0.3, cap=0.6),
    reconnect=RetryPolicy(first=0.01, cap=0.05),
    answer=5.0,
    drain=2.0,
)

Body = dict[str, Any]
Answer = Callable[[Body], Mapping[str, Any] | None]


T = TypeVar("T")


def begun(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Let something run beside the test, which keeps it and awaits it."""
    return asyncio.get_running_loop().create_task(work)


def refusal(error: ClawNetError) -> Body:
    """Encode a refusal as an ack."""
    return {"ok": False, "error": error.body(), "server_time": NOW}


class ScriptedRelay:
    """Stores what is sent to it and says what it is told to; `None` for an answer is an ack without `ok`."""

    def __init__(self, *, transports: list[str] | None = None) -> None:
        self.epoch = "epoch-1"
        self.cursors: dict[str, int] = {"global": 0}
        self.heads: dict[str, int] = {}
        self.recovered = True
        self.handshakes: list[Body] = []
        self.refuse_connects: list[ClawNetError] = []
        self.sends: list[Body] = []
        self.stored: list[Body] = []
        self.acks: list[tuple[str, int]] = []
        self.asked: list[tuple[str, Body]] = []
        self.answers: dict[str, Answer] = {}
        self.on_send: Answer = self.store
        self.url = ""
        self._sids: list[str] = []
        self._changed = asyncio.Condition()
        self._transports = transports or ["websocket", "polling"]
        self._sio = self._server()

    def store(self, body: Body) -> Body:
        """Answer a send as a relay does: stored once per id."""
        ids = [stored["id"] for stored in self.stored]
        duplicate = body["id"] in ids
        if not duplicate:
            self.stored.append(body)
        offset = ids.index(body["id"]) + 1 if duplicate else len(self.stored)
        return {
            "ok": True,
            "id": body["id"],
            "room": "global",
            "offset": offset,
            "ts": NOW,
            "duplicate": duplicate,
            "server_time": NOW,
        }

    @property
    def connections(self) -> int:
        """Return how many connections are open."""
        return len(self._sids)

    @property
    def texts(self) -> list[str]:
        """Return what is stored, as text."""
        return [body["payload"]["text"] for body in self.stored]

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something that the relay saw makes `holds` true."""
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(holds)

    async def say(self, event: str, body: Body) -> None:
        """Push an event to every connection."""
        for sid in list(self._sids):
            await self._sio.emit(event, body, to=sid)

    async def post(self, offset: int, *, room: str = "global", text: str = "hi", **more: Any) -> None:
        """Push a message to every connection."""
        self.heads[room] = max(offset, self.heads.get(room, 0))
        await self.say("chat_message", envelope(offset, room=room, text=text) | more)

    async def hang_up(self) -> None:
        """Close every connection."""
        for sid in list(self._sids):
            await self._sio.disconnect(sid)

    @asynccontextmanager
    async def running(self, port: int = 0) -> AsyncIterator[int]:
        """Listen; yield the port. A relay that ran before starts again."""
        self._sio = self._server()
        app = socketio.ASGIApp(self._sio)
        server = _Server(
            uvicorn.Config(app, port=port, log_level="error", ws="websockets-sansio", lifespan="off")
        )
        task = begun(server.serve())
        await server.is_up.wait()
        port = server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        try:
            yield port
        finally:
            await self._sio.shutdown()
            server.force_exit = True
            server.is_over.set()
            await task
            self._sids.clear()

    def _server(self) -> Any:
        server = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins=[], transports=self._transports)
        server.on("connect", self._connect)
        server.on("disconnect", self._disconnect)
        server.on("*", self._event)
        return server

    async def _connect(self, sid: str, _: Body, auth: Body) -> None:
        self.handshakes.append(auth)
        if self.refuse_connects:
            await self._note()
            error = self.refuse_connects.pop(0)
            raise Refused(error.message, error.body())
        self._sids.append(sid)
        self._sio.start_background_task(self._welcome, sid)

    async def _welcome(self, sid: str) -> None:
        await self._sio.emit("welcome", self.greeting(), to=sid)
        await self._note()

    def greeting(self) -> Body:
        """Return the welcome."""
        rooms = [
            {"id": room, "kind": "global", "title": room, "oldest": 1, "cursor": cursor}
            | {"head": self.heads.get(room, cursor), "recovered": self.recovered}
            for room, cursor in self.cursors.items()
        ]
        limits = {"max_text": 16_000, "max_payload": 65_536, "send_rate": 20, "window": 256}
        return {
            "protocol": 2,
            "server": {"version": "test", "time": NOW, "epoch": self.epoch},
            "session": "s",
            "agent": {"id": "me", "handle": "me", "role": "worker"},
            "rooms": rooms,
            "limits": limits | {"ack_timeout": 2, "heartbeat": 10},
        }

    async def _disconnect(self, sid: str, _reason: str) -> None:
        with suppress(ValueError):
            self._sids.remove(sid)
        await self._note()

    async def _event(self, event: str, _sid: str, body: Body) -> Mapping[str, Any] | None:
        answer = self._answer(event, body)
        await self._note()
        return answer

    def _answer(self, event: str, body: Body) -> Mapping[str, Any] | None:
        match event:
            case "chat_send":
                self.sends.append(body)
                return self.on_send(body)
            case "chat_ack":
                self.acks.append((body["room"], body["offset"]))
                return {"ok": True, "server_time": NOW}
            case _:
                self.asked.append((event, body))
                return self.answers[event](body)

    async def _note(self) -> None:
        async with self._changed:
            self._changed.notify_all()


class Listener:
    """An agent that writes down what it hears."""

    def __init__(self, relay: ScriptedRelay, *, inbox: int = 1024) -> None:
        self.agent = Agent(relay.url, token=TOKEN, pace=replace(QUICK, inbox=inbox))
        self.messages: list[Message] = []
        self.gaps: list[ChatGap] = []
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self._changed = asyncio.Condition()
        self.agent.on_message(self._hear)
        self.agent.on_gap(self._miss)

    @property
    def texts(self) -> list[str]:
        """Return what was said."""
        return [message.payload.text for message in self.messages if message.payload.kind == "text"]

    async def until(self, count: int) -> None:
        """Wait until so many things were heard."""
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: len(self.messages) + len(self.gaps) >= count)

    async def _hear(self, message: Message) -> None:
        async with self._changed:
            self.messages.append(message)
            self._changed.notify_all()
        await self.may_go_on.wait()

    async def _miss(self, gap: ChatGap) -> None:
        async with self._changed:
            self.gaps.append(gap)
            self._changed.notify_all()


def envelope(offset: int, *, room: str = "global", text: str = "hi") -> Body:
    """Build a message as the relay pushes it."""
    return {
        "id": f"{room}-{offset}",
        "room": room,
        "offset": offset,
        "ts": NOW,
        "from_id": "peer",
        "from_handle": "peer",
        "to_type": "global",
        "to_id": "global",
        "payload": {"kind": "text", "text": text},
        "dedupe_key": f"{room}-{offset}",
        "replay": False,
    }


class _Server(uvicorn.Server):
    """A server that says when it listens, and stops at a word instead of looking ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()
        self.is_over = asyncio.Event()

    @override
    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.is_up.set()

    @override
    async def main_loop(self) -> None:
        await self.is_over.wait()
