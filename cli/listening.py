"""`chat tail` and `chat open`: print what the SDK hears."""

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress

from clawnet import Agent, ChatGap, ClawNetError, Message, Welcome
from cli.access import Access
from cli.messages import line_of
from cli.rendering import Output, safe
from protocol.addressing import GLOBAL

Beside = Callable[[Agent], Coroutine[None, None, None]]


class Listening:
    """One listener: all rooms of the agent, or one."""

    def __init__(
        self, access: Access, output: Output, *, room: str | None, since: int | None, count: int | None
    ) -> None:
        self._output = output
        self._room = room if room is not None or since is None else GLOBAL
        self._since = since
        self._left = count
        self._shown: dict[str, int] = {}
        self._is_caught_up = asyncio.Event()
        self._is_done = asyncio.Event()
        self._epoch: str | None = None
        self._broken: BrokenPipeError | None = None
        self._agent = Agent(access.url, token=access.token, name="clownet-cli")
        self._agent.on_message(self._hear)
        self._agent.on_gap(self._miss)
        self._agent.on_welcome(self._greet)
        self._agent.on_error(self._fail)
        # What the SDK would log is told through the handlers, with foreign text made safe.
        logging.getLogger("clawnet").addHandler(logging.NullHandler())

    def run(self, within: float, *, beside: Beside | None = None) -> None:
        """Listen until interrupted, until enough was heard, or until what goes on `beside` it has ended.

        Raises:
            ClawNetError: the relay refused, or could not be reached.
        """
        with suppress(KeyboardInterrupt):
            asyncio.run(self._run(within, beside))

    async def _run(self, within: float, beside: Beside | None) -> None:
        loop = asyncio.get_running_loop()
        with suppress(NotImplementedError):  # Windows has no signal handlers in its loop
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, self._is_done.set)
        await self._agent.connect(within=within)
        try:
            await self._catch_up()
            await self._listen(beside)
        finally:
            self._is_caught_up.set()
            await self._agent.close()

    async def _listen(self, beside: Beside | None) -> None:
        loop = asyncio.get_running_loop()
        over = {loop.create_task(self._agent.wait()), loop.create_task(self._done())}
        if beside is not None:
            over.add(loop.create_task(beside(self._agent)))
        finished, rest = await asyncio.wait(over, return_when=asyncio.FIRST_COMPLETED)
        for task in rest:
            task.cancel()
        for task in finished:
            task.result()

    async def _done(self) -> None:
        await self._is_done.wait()
        if self._broken is not None:
            raise self._broken

    async def _catch_up(self) -> None:
        more = self._since is not None and self._room is not None
        at = self._since or 0
        while more and not self._is_done.is_set():
            page = await self._agent.history(self._room or GLOBAL, after=at, limit=200)
            for message in page.messages:
                self._show(message)
            at = page.messages[-1].offset if page.messages else at
            more = page.more
        self._is_caught_up.set()

    async def _hear(self, message: Message) -> None:
        await self._is_caught_up.wait()
        try:
            self._show(message)
        except BrokenPipeError as error:
            # Whoever read this has gone; what a handler raises would only be logged.
            self._broken = error
            self._is_done.set()

    def _show(self, message: Message) -> None:
        is_known = message.offset <= self._shown.get(message.room, 0)
        if is_known or self._is_done.is_set() or self._room not in {None, message.room}:
            return
        self._shown[message.room] = message.offset
        body = message.model_dump(mode="json")
        self._output.result(body, line_of(body, room=self._room is None))
        if self._left is not None:
            self._left -= 1
            if self._left <= 0:
                self._is_done.set()

    async def _miss(self, gap: ChatGap) -> None:
        self._output.note(f"# {safe(gap.room)}: #{gap.since} to #{gap.oldest - 1} are not kept any more")

    async def _fail(self, error: ClawNetError) -> None:
        self._output.note(f"# {safe(error)}")

    async def _greet(self, welcome: Welcome) -> None:
        before, self._epoch = self._epoch, welcome.server.epoch
        if before is not None and before != self._epoch:
            self._shown.clear()
            self._output.note("# connected again; the relay has lost its history and counts anew")
        elif before is not None:
            self._output.note("# connected again")
