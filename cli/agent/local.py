"""What the sidecar answers by itself, whatever else stands behind it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from typing_extensions import override

from cli.agent.backends import Backend
from cli.agent.commands import COMMANDS
from cli.agent.host import Host, own_version
from cli.agent.runs import Outcome, Run, succeeded


class Local(Backend):
    """Answers /ping, /version and /help, and tells of the machine where there is no OpenClaw to tell of."""

    name = "local"
    commands = frozenset({"ping", "version", "help", "status", "health"})

    def __init__(self, host: Host, others: Sequence[Backend], *, version: Callable[[], str]) -> None:
        self._host = host
        self._others = others
        self._version = version

    @override
    async def run(self, run: Run) -> Outcome:
        match run.command:
            case "ping":
                return succeeded("pong")
            case "version":
                return succeeded(f"clownet sidecar {own_version()}{self._version()}")
            case "help":
                return succeeded(self._help())
            case _:
                return succeeded("\n".join(f"{name}: {value}" for name, value in self._host.specs().items()))

    @override
    async def recover(self, run: Run) -> Outcome:
        return await self.run(run)

    @override
    async def sections(self) -> Mapping[str, object]:
        return {}

    @override
    async def live(self) -> None:
        await asyncio.Event().wait()

    def _help(self) -> str:
        known = self.commands.union(*(other.commands for other in self._others), {"stop"})
        rows = (COMMANDS[name] for name in COMMANDS if name in known)
        return "\n".join(f"/{row.name}{f' <{row.arg}>' if row.arg else ''}  {row.help}" for row in rows)
