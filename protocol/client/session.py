"""An agent's life on the relay: the loops behind it, from the first dial to the farewell."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

from protocol.acks import Answer
from protocol.client.connecting import Connector
from protocol.client.handlers import Handlers
from protocol.client.keeping import Keep
from protocol.client.link import Ack, Link, refusal_of
from protocol.client.reading import Reader
from protocol.client.receipts import Receipts
from protocol.client.sending import Sender
from protocol.errors import ClawNetError, Unavailable
from protocol.pushes import Welcome
from protocol.reliability import RetryPolicy

A = TypeVar("A", bound=Answer)


RETRY = RetryPolicy()
RECONNECT = RetryPolicy(first=0.5, jitter=0.5)


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient an agent is; times in seconds.

    `retry` spaces the tries of a message, `reconnect` those of a connection (its wide jitter keeps a fleet
    from coming back at once), `answer` bounds a request and `drain` the farewell. `outbox` and `inbox` are
    the most messages that may wait on either side; `in_flight` of them are under way to the relay.
    """

    retry: RetryPolicy = RETRY
    reconnect: RetryPolicy = RECONNECT
    answer: float = 10.0
    drain: float = 5.0
    outbox: int = 10_000
    inbox: int = 1024
    in_flight: int = 1


class Work(Protocol):
    """What runs beside the handlers and has to end before the farewell, or with it."""

    async def drained(self) -> None: ...

    def leave(self) -> None: ...


class Session:
    """Wires link, sender, reader, receipts and handlers together and stops them in good order."""

    def __init__(self, url: str, hello: Mapping[str, object], *, pace: Pace, keep: Keep) -> None:
        self._hello = hello
        self._pace = pace
        self._link: Link | None = None
        self._is_linked = asyncio.Event()
        self._stop = asyncio.Event()
        self._life: asyncio.Task[None] | None = None
        self._worker: asyncio.Task[None] | None = None
        self._refusal: ClawNetError | None = None
        self._connector = Connector(url, self, policy=pace.reconnect)
        self._receipts = Receipts(self._tell_receipt)
        self._reader = Reader(self._receipts, limit=pace.inbox, keep=keep)
        self.handlers = Handlers()
        self.sender = Sender(policy=pace.retry, limit=pace.outbox, in_flight=pace.in_flight, keep=keep)
        self.work: Work | None = None
        self._keep = keep
        self.welcome: Welcome | None = None

    @property
    def is_alive(self) -> bool:
        """Tell whether the session was started and has not ended."""
        return self._life is not None and not self._life.done()

    async def start(self, within: float | None) -> None:
        """Begin to live, and return when the relay has welcomed us.

        Raises:
            ClawNetError: the relay refused for good, or `within` seconds did not suffice (Unavailable).
        """
        self._life = self._life or asyncio.create_task(self._live(), name="clawnet-agent")
        welcomed = asyncio.create_task(self._is_linked.wait())
        try:
            await asyncio.wait({self._life, welcomed}, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            self._stop.set()
            raise
        finally:
            welcomed.cancel()
        if self._life.done():
            await self.ended()
        elif not self._is_linked.is_set():
            await self.stop()
            raise Unavailable(f"the relay could not be reached within {within or 0:g} s")

    async def ended(self) -> None:
        """Wait until the session is over.

        Raises:
            ClawNetError: the relay ended it for good.
        """
        if self._life is not None:
            await asyncio.shield(self._life)
        if self._refusal is not None:
            raise self._refusal

    def say_stop(self) -> None:
        """Begin to stop and return at once."""
        self._stop.set()

    async def stop(self) -> None:
        """Finish what is in hand, send what waits, and leave; bounded by the pace's `drain`."""
        self.say_stop()
        if self._life is None:
            self._keep.close()
        # A handler may say stop; it must not wait for itself.
        if self._life is not None and asyncio.current_task() is not self._worker:
            await asyncio.wait({self._life})
            if not self._life.cancelled() and (bug := self._life.exception()) is not None:
                raise bug

    async def ask(self, event: str, request: BaseModel, answer: type[A]) -> A:
        """Make one request and return its answer; waits for the connection, but does not repeat itself.

        Raises:
            ClawNetError: the relay refused or did not answer in time (Unavailable).
        """
        # What the caller left out has to stay out: to a report it means that nothing changed there.
        body = request.model_dump(mode="json", exclude_none=True, exclude_unset=True)
        link = await self._linked_in_time()
        return answer.model_validate(await link.ask(event, body, within=self._pace.answer))

    # What the connector calls.

    def handshake(self) -> Mapping[str, object]:
        """Return the `auth` of the next connect: who we are and where we left off."""
        resume = self._reader.resume()
        return {**self._hello, "resume": resume} if resume else self._hello

    def linked(self, link: Link, welcome: Welcome) -> None:
        """Take up a new connection."""
        self._link, self.welcome = link, welcome
        self._reader.begin(welcome)
        self.sender.linked(link, welcome.limits.max_payload)
        self._is_linked.set()

    def unlinked(self) -> None:
        """Do without a connection until the next one."""
        self._link = None
        self._is_linked.clear()
        self.sender.unlinked()

    def heard(self, event: str, body: Any) -> None:
        """Take in what the relay says."""
        if event == "error" and isinstance(body, dict):
            self._reader.failed(refusal_of(body))
            return
        self._reader.heard(event, body)
        if event == "room_update" and isinstance(body, dict):
            self._let_go(body)

    def failed(self, error: ClawNetError) -> None:
        """Hand an error that nobody waits for to the handlers."""
        self._reader.failed(error)

    def _let_go(self, body: dict[str, Any]) -> None:
        room = body.get("room")
        is_me = self.welcome is not None and body.get("agent_id") == self.welcome.agent.id
        if is_me and body.get("action") == "left" and isinstance(room, dict):
            self._reader.forget(str(room.get("id")))

    async def _live(self) -> None:
        try:
            await self._live_through()
        finally:
            self._stop.set()
            self.sender.abandon(Unavailable("the agent was closed before the relay answered"))
            if self.work is not None:
                self.work.leave()
            self._keep.close()

    async def _live_through(self) -> None:
        async with asyncio.TaskGroup() as group:
            self._worker = group.create_task(self.handlers.run(self._reader))
            loops = [
                self._worker,
                group.create_task(self.sender.run()),
                group.create_task(self._receipts.run()),
                group.create_task(self._connect()),
            ]
            await self._stop.wait()
            await self._farewell(self._worker)
            for loop in loops:
                loop.cancel()

    async def _connect(self) -> None:
        self._refusal = await self._connector.run()
        self.sender.abandon(self._refusal)
        self._stop.set()

    async def _farewell(self, worker: asyncio.Task[None]) -> None:
        self.handlers.stop(self._reader.queue)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pace.drain):
                await asyncio.wait({worker})
                if self.work is not None:
                    await self.work.drained()
                await self.sender.drained()
        await self._receipts.flush()

    async def _tell_receipt(self, room: str, offset: int) -> None:
        def answered(ack: Ack) -> None:
            if not ack["ok"] and refusal_of(ack.get("error") or {}).retryable:
                self._receipts.repeat(room)

        if self._link is not None:
            # Nobody waits: a receipt that is lost is repeated when the relay repeats the entry.
            with suppress(Unavailable):
                await self._link.tell("chat_ack", {"room": room, "offset": offset}, answered)

    async def _linked_in_time(self) -> Link:
        if not self.is_alive:
            raise Unavailable("the agent is not connected: use `async with agent`, `connect()` or `run()`")
        try:
            async with asyncio.timeout(self._pace.answer):
                await self._is_linked.wait()
        except TimeoutError:
            raise Unavailable("there is no connection to the relay") from None
        if self._link is None:
            raise Unavailable("there is no connection to the relay")
        return self._link
