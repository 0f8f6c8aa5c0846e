"""Whoever gives tasks to a sidecar: what tests ask of it, and a stand-in that speaks the task events alone.

`Desk` is what a test sees, so the real relay can take the stand-in's place.
"""

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

import socketio
import uvicorn
from socketio.exceptions import ConnectionRefusedError as Refused
from typing_extensions import override

AGENT = "claw"
TOKEN = "clw_token_of_the_sidecar"
INBOX = f"inbox:{AGENT}"
NOW = "2026-01-01T00:00:00.000Z"
PATIENCE = 60.0

Body = dict[str, Any]


class Desk(Protocol):
    """Gives tasks to the agent and sees how they end."""

    url: str
    token: str

    async def dispatch(self, command: str, *args: str, room: str = "global", timeout: float = 60) -> str: ...

    async def cancel(self, task_id: str) -> None: ...

    async def ended(self, task_id: str, within: float = PATIENCE) -> Body: ...

    async def running(self, task_id: str) -> None: ...

    def progress(self, task_id: str) -> list[str]: ...

    def results(self, task_id: str) -> int: ...


@dataclass
class Order:
    """A task as the stand-in keeps it."""

    body: Body
    lease: str
    offset: int
    attempt: int = 1
    acks: int = 0
    said: list[Body] = field(default_factory=list)
    results: list[Body] = field(default_factory=list)
    end: Body | None = None


class StandIn:
    """A relay in miniature: an inbox with offsets, leases that can be lost, results recorded once."""

    def __init__(self) -> None:
        self.url = ""
        self.token = TOKEN
        self.orders: dict[str, Order] = {}
        self.reports: list[Body] = []
        self.asked: list[str] = []
        self.valid = TOKEN
        self.refuses: set[str] = set()
        self.deaf: set[str] = set()
        self._cursor = 0
        # No two relays give the same ids: a gateway remembers the tasks of the test before.
        self._name = secrets.token_hex(8)
        self._numbers = itertools.count(1)
        self._inbox: list[Body] = []
        self._sids: list[str] = []
        self._changed = asyncio.Condition()
        self._sio: Any = None

    async def dispatch(
        self, command: str, *args: str, room: str = "global", timeout: float = 60, **more: object
    ) -> str:
        """Give the agent a task."""
        number = next(self._numbers)
        task_id = f"{self._name}-{number}"
        body: Body = {"id": task_id, "room": room, "command": command, "args": list(args), "to": AGENT}
        body |= {"requested_by": "human", "state": "dispatched", "timeout": timeout, "created_at": NOW} | more
        self.orders[task_id] = Order(body, f"lease-{number}-1", len(self._inbox) + 1)
        await self._post(self.orders[task_id])
        return task_id

    async def hand_on(self, task_id: str) -> None:
        """Let a lease run out: the task goes into the inbox once more, under another one."""
        order = self.orders[task_id]
        order.attempt += 1
        order.lease = order.lease.rsplit("-", 1)[0] + f"-{order.attempt}"
        order.offset = len(self._inbox) + 1
        await self._post(order)

    async def repeat(self, task_id: str) -> None:
        """Dispatch a task again under the lease that it has."""
        order = self.orders[task_id]
        order.offset = len(self._inbox) + 1
        await self._post(order)

    async def cancel(self, task_id: str) -> None:
        """Ask for a task to be stopped."""
        await self._say("task_cancel", {"task_id": task_id})

    async def ended(self, task_id: str, within: float = PATIENCE) -> Body:
        """Wait for a task's result."""
        order = self.orders[task_id]
        await self.until(lambda: order.end is not None, within, f"{task_id} has no result")
        assert order.end is not None
        return order.end

    async def running(self, task_id: str) -> None:
        """Wait until the agent has said something of a task."""
        await self.until(lambda: bool(self.orders[task_id].said), PATIENCE, f"{task_id} is silent")

    def progress(self, task_id: str) -> list[str]:
        """Return what was said of a task, one after the other."""
        return [said["text"] for said in self.orders[task_id].said if said.get("text")]

    def results(self, task_id: str) -> int:
        """Return how many different results came for a task."""
        return len({str(sorted(result.items())) for result in self.orders[task_id].results})

    async def until(self, holds: Callable[[], bool], within: float, complaint: str) -> None:
        """Wait until something that was heard makes `holds` true."""
        try:
            async with asyncio.timeout(within), self._changed:
                await self._changed.wait_for(holds)
        except TimeoutError:
            raise AssertionError(f"{complaint} after {within} s") from None

    async def cut(self) -> None:
        """Close every connection."""
        for sid in list(self._sids):
            await self._sio.disconnect(sid)

    @asynccontextmanager
    async def open(self, port: int = 0) -> AsyncIterator["StandIn"]:
        """Listen."""
        self._sio = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins=[])
        self._sio.on("connect", self._connect)
        self._sio.on("disconnect", self._disconnect)
        self._sio.on("*", self._event)
        app = socketio.ASGIApp(self._sio)
        server = _Server(
            uvicorn.Config(app, port=port, log_level="error", lifespan="off", ws="websockets-sansio")
        )
        serving = asyncio.get_running_loop().create_task(server.serve())
        await server.is_up.wait()
        self.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            await self._sio.shutdown()
            server.force_exit = True
            server.should_exit = True
            await serving

    async def _post(self, order: Order) -> None:
        entry = {"task": order.body, "lease": order.lease, "attempt": order.attempt}
        entry |= {"room": INBOX, "offset": order.offset, "replay": False}
        self._inbox.append(entry)
        await self._say("task_dispatch", entry)

    async def _say(self, event: str, body: Body) -> None:
        for sid in list(self._sids):
            await self._sio.emit(event, body, to=sid)

    async def _connect(self, sid: str, _: Body, auth: Body) -> None:
        if auth.get("token") != self.valid:
            error = {"code": "unauthenticated", "message": "this token is not valid", "retryable": False}
            raise Refused("refused", error)
        self._sio.start_background_task(self._greet, sid)

    async def _greet(self, sid: str) -> None:
        room = {"id": INBOX, "kind": "inbox", "title": "inbox", "oldest": 1, "recovered": True}
        room |= {"head": len(self._inbox), "cursor": self._cursor}
        limits = {"max_text": 16_000, "max_payload": 65_536, "send_rate": 20, "window": 256}
        welcome = {
            "protocol": 2,
            "server": {"version": "stand-in", "time": NOW, "epoch": "epoch-1"},
            "session": sid,
            "agent": {"id": AGENT, "handle": AGENT, "role": "worker"},
            "rooms": [room],
            "limits": limits | {"ack_timeout": 2, "heartbeat": 10},
        }
        await self._sio.emit("welcome", welcome, to=sid)
        for entry in self._inbox[self._cursor :]:
            await self._sio.emit("task_dispatch", entry | {"replay": True}, to=sid)
        self._sids.append(sid)

    async def _disconnect(self, sid: str, _reason: str) -> None:
        with suppress(ValueError):
            self._sids.remove(sid)

    async def _event(self, event: str, _sid: str, body: Body) -> Body | None:
        self.asked.append(event)
        answer = self._answer(event, body)
        async with self._changed:
            self._changed.notify_all()
        # An answer that is lost: what was said has been done nonetheless.
        return None if event in self.deaf else answer

    def _answer(self, event: str, body: Body) -> Body:
        if event == "chat_ack":
            self._cursor = max(self._cursor, body["offset"])
        elif event == "report":
            self.reports.append(body)
        elif event in self.refuses:
            return _refusal("unavailable", retryable=True)
        elif event.startswith("task_"):
            return self._task_event(event, body)
        return {"ok": True, "server_time": NOW}

    def _task_event(self, event: str, body: Body) -> Body:
        order = self.orders.get(body["task_id"])
        if order is None:
            return _refusal("not_found")
        if body["lease"] != order.lease:
            return _refusal("stale_lease")
        match event:
            case "task_ack":
                order.acks += 1
            case "task_progress":
                order.said.append(body)
            case "task_result":
                order.results.append(body)
                is_repeat, order.end = order.end is not None, order.end or body
                return {"ok": True, "server_time": NOW, "duplicate": is_repeat}
        return {"ok": True, "server_time": NOW}


def _refusal(code: str, *, retryable: bool = False) -> Body:
    return {"ok": False, "error": {"code": code, "message": code, "retryable": retryable}, "server_time": NOW}


class _Server(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()

    @override
    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.is_up.set()
