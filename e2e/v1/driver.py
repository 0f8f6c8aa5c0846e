"""Drives a v1 client that runs as a process of its own, and keeps what it heard."""

import asyncio
import itertools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

HOME = Path(__file__).parent
ROOT = HOME.parents[1]
LANGUAGES = {"node": ("node", str(HOME / "client.js")), "python": (sys.executable, str(HOME / "client.py"))}


class OldClient:
    """One v1 client; `heard` keeps every event in order."""

    def __init__(self, language: str) -> None:
        # python-socketio's synchronous client hands each event to a thread of its own, in whatever order.
        self._keeps_order = language != "python"
        self._command = LANGUAGES[language]
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._numbers = itertools.count(1)
        self._news = asyncio.Condition()
        self._done: dict[int, dict[str, Any]] = {}
        self.events: list[tuple[str, Any]] = []

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=2**24,
        )
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 10)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        if self._listening is not None:
            await self._listening

    async def connect(self, url: str, transports: tuple[str, ...] = ("websocket",), **auth: Any) -> None:
        """Connect as v1 does and wait until it is connected."""
        count = len(self.heard("connect"))
        await self._do("connect", url=url, auth=auth, transports=list(transports))
        await self.until(lambda: len(self.heard("connect")) > count)

    async def refused(self, url: str, **auth: Any) -> dict[str, Any]:
        """Connect, expect a refusal, and return its error object."""
        await self._do("connect", url=url, auth=auth, transports=["websocket"])
        await self.until(lambda: self.heard("connect_error"))
        return dict(self.heard("connect_error")[0])

    async def call(self, event: str, body: Any = None) -> dict[str, Any]:
        """Send an event and return its ack."""
        return dict((await self._do("call", event=event, body={} if body is None else body))["ack"])

    async def ask(self, event: str, body: Any = None) -> dict[str, Any]:
        """Send an event that must be granted."""
        ack = await self.call(event, body)
        assert ack["ok"] is True, ack
        return ack

    async def emit(self, event: str, body: Any) -> None:
        """Send an event without an ack."""
        await self._do("emit", event=event, body=body)

    async def burst(self, event: str, bodies: list[Any]) -> None:
        """Send many events at once without acks."""
        await self._do("burst", event=event, bodies=bodies)

    async def close(self) -> None:
        """Leave; the process stays."""
        await self._do("close")

    def heard(self, event: str) -> list[Any]:
        """Return the bodies of every such event, in order."""
        return [body for name, body in self.events if name == event]

    def texts(self, to: str = "all") -> list[str]:
        """Return what it was told in one place."""
        return [said["msg"] for said in self.heard("chat_update") if said["to"] == to]

    def arranged(self, items: list[Any]) -> list[Any]:
        """Return what was heard in its order, or sorted where this client's own threads mix it up."""
        return items if self._keeps_order else sorted(items, key=json.dumps)

    def agent(self, agent_id: str) -> dict[str, Any]:
        """Return an agent as the newest list of the fleet shows it."""
        lists = self.heard("fleet_update")
        return next((each for each in (lists[-1] if lists else []) if each["id"] == agent_id), {})

    def task(self, **fields: Any) -> dict[str, Any] | None:
        """Return the task of the newest list that has these fields."""
        lists = self.heard("task_update")
        fits = (task for task in (lists[-1] if lists else []) if fields.items() <= task.items())
        return next(fits, None)

    async def until(self, look: Callable[[], Any], within: float = 30.0) -> Any:
        """Wait until `look` finds something and return that."""
        try:
            async with asyncio.timeout(within), self._news:
                await self._news.wait_for(look)
        except TimeoutError:
            raise AssertionError(f"waited in vain; it heard last: {self.events[-8:]}") from None
        return look()

    async def _do(self, command: str, **args: Any) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdin is not None
        number = next(self._numbers)
        line = json.dumps({"number": number, "command": command} | args)
        self._process.stdin.write(line.encode() + b"\n")
        result: dict[str, Any] = await self.until(lambda: self._done.get(number))
        assert "failed" not in result, result
        return result

    async def _listen(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            said = json.loads(line)
            if "done" in said:
                self._done[said["done"]] = said
            else:
                self.events.append((said["event"], said.get("body")))
            async with self._news:
                self._news.notify_all()
