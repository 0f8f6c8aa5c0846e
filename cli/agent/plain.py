"""The plain executor: runs what its allow-list holds, for agents without OpenClaw."""

import asyncio
import os
from collections.abc import Mapping

from typing_extensions import override

from cli.agent.allowing import AllowList, Argv
from cli.agent.backends import Backend
from cli.agent.processes import execute, scrubbed
from cli.agent.runs import INTERRUPTED, Outcome, Run, State, cleaned, cut, failed


class Plain(Backend):
    """Executes `/run`; deny is the default, and without an allow-list there is nothing to run."""

    name = "plain"

    def __init__(self, allowed: AllowList) -> None:
        self._allowed = allowed
        self.commands = frozenset({"run"}) if allowed.names else frozenset()

    @override
    async def run(self, run: Run) -> Outcome:
        argv = self._allowed.find(run.text, tuple(run.task.args))
        if argv is None:
            near = self._allowed.nearest(run.text)
            return failed("not in the allow-list" + (f"; did you mean {near}?" if near else ""))
        return await _executed(argv, run)

    @override
    async def recover(self, run: Run) -> Outcome:
        # The process died with the sidecar, or outlived it unseen; how far it came nobody knows.
        return failed(INTERRUPTED)

    @override
    async def sections(self) -> Mapping[str, object]:
        return {}

    @override
    async def live(self) -> None:
        await asyncio.Event().wait()


async def _executed(argv: Argv, run: Run) -> Outcome:
    try:
        ended = await execute(
            argv,
            environment=scrubbed(os.environ),
            within=run.task.timeout,
            heard=lambda text: run.say(cleaned(text)),
            merges=True,
        )
    except OSError as error:
        return failed(f"it can't be started: {error.strerror}")
    text = ended.out.decode(errors="replace")
    if ended.code is None:
        return cut(Outcome("timed_out", text, None, ended.is_cut))
    state: State = "succeeded" if ended.code == 0 else "failed"
    return cut(Outcome(state, text, ended.code, ended.is_cut))
