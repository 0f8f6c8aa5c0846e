"""The agent for scripts: the same promises without a line of asyncio."""

import asyncio
import concurrent.futures
import queue
import threading
from collections.abc import Coroutine, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from protocol.acks import History, Sent, TaskPlaced
from protocol.client.agent import Agent
from protocol.client.session import Pace
from protocol.errors import ClawNetError
from protocol.messages import Message
from protocol.rooms import Room

T = TypeVar("T")

WITHIN = 30.0  # seconds for the first connect


class SyncAgent:
    """An agent that lives in a thread of its own for as long as the `with` block runs.

    `receive` hands out each message once and in order. A message counts as processed when the next one is
    asked for, or when the block ends; what was handed out when the process dies comes again.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str,
        state: str | Path | None = None,
        name: str = "clawnet-script",
        within: float = WITHIN,
        pace: Pace | None = None,
    ) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="clawnet", daemon=True)
        self._within = within
        self._heard: queue.SimpleQueue[tuple[Message, asyncio.Event] | ClawNetError | None] = (
            queue.SimpleQueue()
        )
        self._in_hand: asyncio.Event | None = None
        self._end: concurrent.futures.Future[None] | None = None
        self._is_closing = asyncio.Event()
        self._agent = Agent(url, token=token, state=state, name=name, pace=pace)
        self._agent.on_message(self._hand_out)

    def __enter__(self) -> Self:
        """Connect.

        Raises:
            ClawNetError: the relay refused, or could not be reached in time.
        """
        self._thread.start()
        try:
            self._do(self._agent.connect(within=self._within))
        except BaseException:
            self._end_thread()
            raise
        self._end = asyncio.run_coroutine_threadsafe(self._agent.wait(), self._loop)
        self._end.add_done_callback(self._ended)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Send what waits and leave."""
        try:
            # What broke the block was not processed.
            self._do(self._close(is_processed=kind is None))
            if self._end is not None:
                concurrent.futures.wait([self._end])
        finally:
            self._end_thread()

    @property
    def id(self) -> str:
        """Return the agent's own id."""
        return self._agent.id

    def receive(self, timeout: float | None = None) -> Message | None:
        """Return the next message, or None when there was none for `timeout` seconds.

        Raises:
            ClawNetError: the relay ended the connection for good.
        """
        self._let_go()
        try:
            heard = self._heard.get(timeout=timeout)
        except queue.Empty:
            return None
        if heard is None or isinstance(heard, ClawNetError):
            self._heard.put(heard)
            if heard is None:
                return None
            raise heard
        message, self._in_hand = heard
        return message

    def messages(self, timeout: float | None = None) -> Iterator[Message]:
        """Yield messages until there was none for `timeout` seconds."""
        while (message := self.receive(timeout)) is not None:
            yield message

    def send(
        self,
        room: str,
        text: str,
        *,
        id: str | None = None,  # noqa: A002 - the envelope's own word
        reply_to: str | None = None,
        mentions: Sequence[str] = (),
    ) -> Sent:
        """Say something and wait until it is stored; see `Agent.send`."""
        return self._do(self._agent.send(room, text, id=id, reply_to=reply_to, mentions=mentions))

    def history(
        self, room: str, *, before: int | None = None, after: int | None = None, limit: int = 50
    ) -> History:
        """Read one page of a room, oldest first."""
        return self._do(self._agent.history(room, before=before, after=after, limit=limit))

    def rooms(self) -> list[Room]:
        """List the rooms that I may see."""
        return self._do(self._agent.rooms())

    def join(self, room: str) -> Room:
        """Enter a public room, or one that I am invited to."""
        return self._do(self._agent.join(room))

    def dispatch(self, to: str | Sequence[str], command: str, args: Sequence[str] = ()) -> list[TaskPlaced]:
        """Ask agents to run a command."""
        return self._do(self._agent.dispatch(to, command, args))

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _hand_out(self, message: Message) -> None:
        taken = asyncio.Event()
        self._heard.put((message, taken))
        waits = [asyncio.ensure_future(each.wait()) for each in (taken, self._is_closing)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
        if not taken.is_set():
            # Nobody has processed it: the worker ends here, and the relay says it again next time.
            raise asyncio.CancelledError

    def _let_go(self) -> None:
        if self._in_hand is not None:
            self._loop.call_soon_threadsafe(self._in_hand.set)
            self._in_hand = None

    def _ended(self, end: concurrent.futures.Future[None]) -> None:
        error = None if end.cancelled() else end.exception()
        self._heard.put(error if isinstance(error, ClawNetError) else None)

    async def _close(self, *, is_processed: bool) -> None:
        if self._in_hand is not None and is_processed:
            self._in_hand.set()
            await asyncio.sleep(0)
        self._is_closing.set()
        await self._agent.close()

    def _end_thread(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
