"""A client in a process of its own, in whatever language, which is spoken with in lines of JSON."""

import asyncio
import itertools
import json
from collections.abc import Callable
from typing import Any, Self

from e2e.forks import ROOT


class Puppet:
    """The process; `said` holds what it has told so far beside the results of commands."""

    def __init__(self, *command: str) -> None:
        self._command = command
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._numbers = itertools.count(1)
        self._news = asyncio.Condition()
        self._done: dict[int, dict[str, Any]] = {}
        self.said: list[dict[str, Any]] = []

    async def __aenter__(self) -> Self:
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            *self._command, cwd=ROOT, stdin=pipe, stdout=pipe, limit=2**24
        )
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._end()
        if self._listening is not None:
            await self._listening

    @property
    def process(self) -> asyncio.subprocess.Process:
        """Return the process, once it has been started."""
        assert self._process is not None
        return self._process

    async def do(self, command: str, **args: object) -> dict[str, Any]:
        """Give a command and return its result."""
        assert self.process.stdin is not None
        number = next(self._numbers)
        line = json.dumps({"number": number, "command": command} | args)
        self.process.stdin.write(line.encode() + b"\n")
        result: dict[str, Any] = await self.until(lambda: self._done.get(number))
        assert "failed" not in result, result
        return result

    def heard(self, event: str) -> list[Any]:
        """Return the bodies of every such event, in order."""
        return [line.get("body") for line in self.said if line.get("event") == event]

    async def until(self, look: Callable[[], Any], within: float = 60.0) -> Any:
        """Wait until `look` finds something and return that."""
        try:
            async with asyncio.timeout(within), self._news:
                await self._news.wait_for(look)
        except TimeoutError:
            raise AssertionError(f"waited in vain; it said last: {self.said[-8:]}") from None
        return look()

    async def _end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            await asyncio.wait_for(self.process.wait(), 10)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()

    async def _listen(self) -> None:
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            told = json.loads(line)
            if "done" in told:
                self._done[told["done"]] = told
            else:
                self.said.append(told)
            async with self._news:
                self._news.notify_all()
