"""Tasks, journals and a relay's ear for the tests of the sidecar."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.agent.journal import Journal
from cli.agent.runs import State
from protocol.acks import ResultTaken
from protocol.errors import ClawNetError
from protocol.tasks import Task, TaskState


def task(
    command: str = "/ask", *args: str, task_id: str = "t1", room: str = "global", timeout: float = 60
) -> Task:
    """Return a task as the relay dispatches it."""
    return Task(
        id=task_id,
        room=room,
        command=command,
        args=list(args),
        to="claw",
        requested_by="human",
        state=TaskState.DISPATCHED,
        timeout=timeout,
        created_at="2026-01-01T00:00:00.000Z",
    )


async def until(look: Callable[[], bool]) -> None:
    """Let everything else run until something is so."""
    async with asyncio.timeout(20):
        while not look():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.001)


class Ear:
    """A relay that takes what it is told under the leases that it has given."""

    def __init__(self, **leases: str) -> None:
        self.leases = leases
        self.heard: list[tuple[str, str, str]] = []
        self.refusals: list[ClawNetError] = []
        self.reports: list[dict[str, object]] = []
        self.wrong: type[ClawNetError] | None = None

    async def task_ack(self, task_id: str, lease: str) -> None:
        self._hear("ack", task_id, lease)

    async def task_progress(
        self, task_id: str, lease: str, *, text: str | None = None, percent: float | None = None
    ) -> None:
        del percent
        self._hear(f"progress {text}", task_id, lease)

    async def task_result(
        self, task_id: str, lease: str, state: State, *, output: str, exit_code: int | None, truncated: bool
    ) -> ResultTaken:
        del exit_code, truncated
        self._hear(f"result {state} {output}", task_id, lease)
        return ResultTaken()

    async def report(self, **sections: object) -> None:
        if self.refusals:
            raise self.refusals.pop(0)
        self.reports.append(sections)

    def _hear(self, what: str, task_id: str, lease: str) -> None:
        self.heard.append((what, task_id, lease))
        if self.refusals:
            raise self.refusals.pop(0)
        if self.leases.get(task_id, lease) != lease and self.wrong is not None:
            raise self.wrong("not yours")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """Return an empty journal."""
    with Journal(tmp_path / "data") as opened:
        yield opened
