"""Reports: only what has changed, all of it after a reconnect, and again what was not taken."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from typing_extensions import override

from cli.agent import telemetry
from cli.agent.backends import Backends
from cli.agent.host import Host
from cli.agent.telemetry import Telemetry
from protocol.errors import Unavailable
from tests.cli.agent.conftest import Ear, until
from tests.cli.agent.test_backends import Named


class Still(Host):
    """A machine on which nothing changes."""

    @override
    def specs(self) -> dict[str, object]:
        """Return the same as ever."""
        return {"os": "still"}


@asynccontextmanager
async def reporting(ear: Ear, changed: asyncio.Event, running: list[str]) -> AsyncIterator[Telemetry]:
    reports = Telemetry(
        ear, Still(Path()), Backends([Named("one", "ask")]), running=lambda: list(running), changed=changed
    )
    living = asyncio.get_running_loop().create_task(reports.live())
    yield reports
    living.cancel()


async def test_only_what_has_changed_is_told_and_all_after_a_reconnect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(telemetry, "SOON", 0.001)
    ear, changed, running = Ear(), asyncio.Event(), ["t1"]
    async with reporting(ear, changed, running) as reports:
        changed.set()
        await asyncio.sleep(0.01)
        assert ear.reports == []
        reports.connected()
        await until(lambda: len(ear.reports) == 1)
        running.clear()
        changed.set()
        await until(lambda: len(ear.reports) == 2)
        reports.connected()
        await until(lambda: len(ear.reports) == 3)

    first, second, third = ear.reports
    assert set(first) == set(third) == {"specs", "running", "openclaw"}
    assert second == {"running": []}
    assert isinstance(first["specs"], dict)
    assert [row["name"] for row in first["specs"]["commands"]] == ["ask", "stop"]


async def test_what_was_not_taken_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telemetry, "SOON", 0.001)
    ear, changed = Ear(), asyncio.Event()
    ear.refusals = [Unavailable("later")]
    async with reporting(ear, changed, []) as reports:
        reports.connected()
        await until(lambda: not ear.refusals)
        changed.set()
        await until(lambda: len(ear.reports) == 1)

    assert set(ear.reports[0]) == {"specs", "running", "openclaw"}
