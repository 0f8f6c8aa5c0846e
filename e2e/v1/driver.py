"""Drives a v1 client that runs as a process of its own, and keeps what it heard."""

import json
import sys
from pathlib import Path
from typing import Any

from e2e.puppet import Puppet

HOME = Path(__file__).parent
LANGUAGES = {"node": ("node", str(HOME / "client.js")), "python": (sys.executable, str(HOME / "client.py"))}


class OldClient(Puppet):
    """One v1 client; `heard` keeps every event in order."""

    def __init__(self, language: str) -> None:
        # python-socketio's synchronous client hands each event to a thread of its own, in whatever order.
        self._keeps_order = language != "python"
        super().__init__(*LANGUAGES[language])

    async def connect(self, url: str, transports: tuple[str, ...] = ("websocket",), **auth: Any) -> None:
        """Connect as v1 does and wait until it is connected."""
        count = len(self.heard("connect"))
        await self.do("connect", url=url, auth=auth, transports=list(transports))
        await self.until(lambda: len(self.heard("connect")) > count)

    async def refused(self, url: str, **auth: Any) -> dict[str, Any]:
        """Connect, expect a refusal, and return its error object."""
        await self.do("connect", url=url, auth=auth, transports=["websocket"])
        await self.until(lambda: self.heard("connect_error"))
        return dict(self.heard("connect_error")[0])

    async def call(self, event: str, body: Any = None) -> dict[str, Any]:
        """Send an event and return its ack."""
        return dict((await self.do("call", event=event, body={} if body is None else body))["ack"])

    async def ask(self, event: str, body: Any = None) -> dict[str, Any]:
        """Send an event that must be granted."""
        ack = await self.call(event, body)
        assert ack["ok"] is True, ack
        return ack

    async def emit(self, event: str, body: Any) -> None:
        """Send an event without an ack."""
        await self.do("emit", event=event, body=body)

    async def burst(self, event: str, bodies: list[Any]) -> None:
        """Send many events at once without acks."""
        await self.do("burst", event=event, bodies=bodies)

    async def close(self) -> None:
        """Leave; the process stays."""
        await self.do("close")

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
