"""What can execute commands: several stand in a row, and the first that knows a command runs it."""

import logging
from collections.abc import Mapping, Sequence
from typing import Protocol

from cli.agent.commands import COMMANDS, Kind
from cli.agent.runs import Outcome, Run, failed

log = logging.getLogger("clawnet.agent")


class BackendAway(Exception):
    """A backend can't be reached, and has not begun what it was asked for."""


class Backend(Protocol):
    """Executes commands of the table; a run that is cancelled stops what it began before it returns."""

    name: str
    commands: frozenset[str]

    async def run(self, run: Run) -> Outcome:
        """Execute a command.

        Raises:
            BackendAway: it can't now, and nothing has happened.
        """
        ...

    async def recover(self, run: Run) -> Outcome:
        """Find out how a command ended that was begun before a crash; never begin it a second time."""
        ...

    async def sections(self) -> Mapping[str, object]:
        """Return what the backend adds to the agent's report."""
        ...

    async def live(self) -> None:
        """Keep what the backend needs for as long as the sidecar lives."""
        ...


class Backends:
    """The backends in the order of preference."""

    def __init__(self, row: Sequence[Backend]) -> None:
        self.row = row

    @property
    def names(self) -> list[str]:
        """Name them."""
        return [backend.name for backend in self.row]

    @property
    def commands(self) -> frozenset[str]:
        """Return what can be executed."""
        return frozenset().union(*(backend.commands for backend in self.row))

    async def run(self, run: Run) -> Outcome:
        """Execute a command; what only reads falls back to the next backend that can."""
        able = [backend for backend in self.row if run.command in backend.commands]
        reason = f"/{run.command} is not available on this agent"
        for backend in able if COMMANDS[run.command].kind is Kind.READ else able[:1]:
            try:
                return await backend.run(run)
            except BackendAway as away:
                reason = str(away)
                log.info("%s can't run /%s: %s", backend.name, run.command, away)
        return failed(reason)

    async def recover(self, run: Run) -> Outcome:
        """Find out how a command ended that was begun before a crash."""
        able = [backend for backend in self.row if run.command in backend.commands]
        return await able[0].recover(run) if able else await self.run(run)

    async def sections(self) -> dict[str, object]:
        """Return what the backends add to the report, the preferred ones' words first."""
        told: dict[str, object] = {}
        for backend in reversed(self.row):
            told |= await backend.sections()
        return told
