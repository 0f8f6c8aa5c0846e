"""`chat open`: a room to sit in, on a terminal with a line editor, elsewhere with lines from a pipe."""

import asyncio
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import nullcontext, suppress

from prompt_toolkit import PromptSession
from prompt_toolkit.patch_stdout import patch_stdout

from clawnet import Agent, ClawNetError, PresenceUpdate
from cli.caller import Caller
from cli.listening import Listening
from cli.rendering import Output, safe
from cli.sending import receipt
from cli.vocabulary import Vocabulary

WITHIN = 5.0  # seconds for the first connect


class Opening:
    """One person in one room."""

    def __init__(self, caller: Caller, room: str, *, lines: int) -> None:
        self._access = caller.access()
        self._as_json = caller.output.as_json
        with caller.relay_at(self._access) as relay:
            self._room = room = relay.room_id(room)
            self._since = max(relay.head(room) - lines, 0)
            self._vocabulary = Vocabulary(
                commands=relay.items("commands"), agents=relay.items("agents"), rooms=relay.items("rooms")
            )
        self._is_terminal = sys.stdin.isatty()
        self._output = caller.output

    def run(self) -> None:
        """Read along and send what is typed, until the end of the input.

        Raises:
            ClawNetError: the relay refused, or could not be reached.
        """
        # What is heard while somebody types goes above the line that is typed.
        with patch_stdout() if self._is_terminal else nullcontext():
            self._output = Output(as_json=self._as_json)
            listening = Listening(self._access, self._output, room=self._room, since=self._since, count=None)
            listening.run(WITHIN, beside=self._converse)

    async def _converse(self, agent: Agent) -> None:
        @agent.on_presence
        async def meet(update: PresenceUpdate) -> None:
            self._vocabulary.add(update.handle)

        async for line in self._typed() if self._is_terminal else piped():
            if line.strip():
                await self._say(agent, line)

    async def _say(self, agent: Agent, line: str) -> None:
        try:
            sent = await agent.send(self._room, line)
        except ClawNetError as error:
            self._output.error(error)
            return
        # What was said comes back as everybody hears it; a command's answer is for its sender alone.
        if sent.notice or sent.task_ids or sent.unknown:
            self._output.note(receipt(sent.model_dump(mode="json")))

    async def _typed(self) -> AsyncIterator[str]:
        session: PromptSession[str] = PromptSession(
            f"{safe(self._room)}> ", completer=self._vocabulary, complete_while_typing=True
        )
        with suppress(EOFError, KeyboardInterrupt):
            while True:
                yield await session.prompt_async()


async def piped() -> AsyncIterator[str]:
    """Read the lines of standard input; a thread of its own waits for them and holds up no exit."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue()

    def read() -> None:
        while line := sys.stdin.readline():
            loop.call_soon_threadsafe(lines.put_nowait, line)
        loop.call_soon_threadsafe(lines.put_nowait, "")

    threading.Thread(target=read, daemon=True).start()
    while line := await lines.get():
        yield line.removesuffix("\n")
