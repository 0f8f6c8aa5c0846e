"""The sender: keeps what an agent says, in order, until the relay has answered for good."""

import asyncio
import logging
import random
from contextlib import suppress
from itertools import islice

from pydantic import ValidationError

from protocol.acks import Sent
from protocol.client.keeping import Keep
from protocol.client.link import Ack, Link, refusal_of
from protocol.errors import ClawNetError, DedupeMismatch, Internal, TooLarge, Unavailable
from protocol.reliability import Outbox, Pending, RetryPolicy
from protocol.requests import ChatSend
from protocol.text import MAX_PAYLOAD, dumps

log = logging.getLogger("clawnet")

FRAME = 64  # bytes around the body: event name, ack number and brackets
SILENCE = 4  # unanswered tries in a row after which the connection itself is in doubt
FAULTS = 8  # `internal` answers after which one message may no longer hold up those behind it


class Sender:
    """One message at a time by default, so that the order is exact even when the relay refuses one.

    With `in_flight` above 1 messages are pipelined; order then holds unless the relay refuses one of a burst
    and takes a later one of it.
    """

    def __init__(self, *, policy: RetryPolicy, limit: int, in_flight: int, keep: Keep) -> None:
        self._outbox = Outbox(policy=policy, limit=limit)
        self._keep = keep
        self._is_restored = False
        self._in_flight = in_flight
        self._closed: ClawNetError | None = None
        self._results: dict[str, asyncio.Future[Sent]] = {}
        self._faults: dict[str, int] = {}
        self._refused: set[str] = set()
        self._silent = 0
        self._max_payload = MAX_PAYLOAD
        self._link: Link | None = None
        self._wake = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()

    def post(self, request: ChatSend) -> asyncio.Future[Sent]:
        """Keep a message and return its result to come; the same id again is the same message.

        Raises:
            TooLarge: the relay's frame limit would cut the connection.
            DedupeMismatch: another message waits under this id.
            OverflowError: the outbox is full.
            ClawNetError: the agent's life is over, and this ended it.
        """
        if self._closed is not None:
            raise self._closed
        body = request.model_dump(mode="json", exclude_none=True)
        message_id = str(request.id)
        if len(dumps(body).encode()) + FRAME > self._max_payload:
            raise TooLarge(f"a message may have {self._max_payload} bytes", field="text")
        self._restore()
        is_new = message_id not in self._outbox.entries
        if self._outbox.add(message_id, body).body != body:
            raise DedupeMismatch("another message waits under this id", field="id")
        if is_new:
            self._keep.add(message_id, body)
            self._results[message_id] = asyncio.get_running_loop().create_future()
        self._empty.clear()
        self._wake.set()
        return self._results[message_id]

    def linked(self, link: Link, max_payload: int) -> None:
        """Send everything that waits over a new link."""
        self._link, self._max_payload, self._silent = link, max_payload, 0
        self._refused.clear()
        self._outbox.reconnected()
        self._wake.set()

    def unlinked(self) -> None:
        """Hold everything back until there is a link again."""
        self._link = None

    async def run(self) -> None:
        """Send what is due, for ever."""
        loop = asyncio.get_running_loop()
        self._restore()
        while True:
            self._wake.clear()
            await self._send_due(loop.time())
            with suppress(TimeoutError):
                async with asyncio.timeout(self._rest(loop.time())):
                    await self._wake.wait()

    async def drained(self) -> None:
        """Wait until nothing waits for an answer any more."""
        await self._empty.wait()

    def abandon(self, error: ClawNetError) -> None:
        """Give up on everything that is unanswered and all that may follow; what is on disk stays there."""
        self._closed = self._closed or error
        for message_id in list(self._outbox.entries):
            self._settle(message_id, error, is_kept=True)

    def _restore(self) -> None:
        """Take up what an earlier life of this agent could not deliver, before anything new."""
        if self._is_restored:
            return
        self._is_restored = True
        loop = asyncio.get_running_loop()
        for message_id, body in self._keep.pending():
            self._outbox.entries[message_id] = Pending(message_id, body)
            self._results[message_id] = loop.create_future()
            self._results[message_id].add_done_callback(_tell_refusal)
            self._empty.clear()

    async def _send_due(self, now: float) -> None:
        for entry in list(islice(self._outbox.entries.values(), self._in_flight)):
            if self._link is None:
                return
            if entry.due <= now:
                await self._send(self._link, entry, now)
            elif entry.id in self._refused:
                return  # what stands behind a refused message must not overtake it

    async def _send(self, link: Link, entry: Pending, now: float) -> None:
        if entry.attempt and entry.id not in self._refused:
            self._silent += 1
        if self._silent >= SILENCE:
            log.warning("the relay has not answered %d tries; connecting anew", self._silent)
            self._link = None
            link.give_up()
            return
        self._refused.discard(entry.id)
        self._outbox.tried(entry.id, now, random.random())  # noqa: S311 - spreads the load, hides nothing
        with suppress(Unavailable):
            await link.tell("chat_send", entry.body, lambda ack: self._answered(entry, ack))

    def _rest(self, now: float) -> float | None:
        """Return how long nothing is due; None while only an event can change that."""
        if self._link is None:
            return None
        heads = islice(self._outbox.entries.values(), self._in_flight)
        return min((max(entry.due - now, 0.0) for entry in heads), default=None)

    def _answered(self, entry: Pending, ack: Ack) -> None:
        self._silent = 0
        if ack["ok"]:
            try:
                self._settle(entry.id, Sent.model_validate(ack))
            except ValidationError:
                log.exception("the relay's ack can't be read; the message will be sent again")
            return
        error = refusal_of(ack.get("error") or {})
        if error.retryable and not self._is_hopeless(entry, error):
            self._put_off(entry, error)
        else:
            self._settle(entry.id, error)

    def _is_hopeless(self, entry: Pending, error: ClawNetError) -> bool:
        if not isinstance(error, Internal):
            return False
        self._faults[entry.id] = self._faults.get(entry.id, 0) + 1
        return self._faults[entry.id] >= FAULTS

    def _put_off(self, entry: Pending, error: ClawNetError) -> None:
        # Without `retry_after` the back-off that began with the try goes on.
        self._refused.add(entry.id)
        if error.retry_after is not None:
            now = asyncio.get_running_loop().time()
            self._outbox.tried(entry.id, now, after=error.retry_after)
        self._wake.set()

    def _settle(self, message_id: str, result: Sent | ClawNetError, *, is_kept: bool = False) -> None:
        if not self._outbox.settle(message_id):
            return
        if not is_kept:
            self._keep.settle(message_id)
        self._faults.pop(message_id, None)
        self._refused.discard(message_id)
        future = self._results.pop(message_id)
        if isinstance(result, ClawNetError):
            _refuse(future, result)
        elif not future.done():
            future.set_result(result)
        if not self._outbox.entries:
            self._empty.set()
        self._wake.set()


def _tell_refusal(future: asyncio.Future[Sent]) -> None:
    """Log what nobody waits for any more."""
    if not future.cancelled() and (error := future.exception()) is not None:
        log.warning("a message of an earlier run was not sent: %s", error)


def _refuse(future: asyncio.Future[Sent], error: ClawNetError) -> None:
    if not future.done():
        future.set_exception(error)
        future.exception()  # retrieved: the sender may have stopped waiting
