"""Backends in a row."""

from collections.abc import Mapping

from typing_extensions import override

from cli.agent.backends import Backend, BackendAway, Backends
from cli.agent.commands import split
from cli.agent.runs import Outcome, Run, failed, succeeded
from tests.cli.agent.conftest import task


class Named(Backend):
    """A backend that says its name, if it is there."""

    def __init__(self, name: str, *commands: str, is_there: bool = True) -> None:
        self.name = name
        self.commands = frozenset(commands)
        self._is_there = is_there

    @override
    async def run(self, run: Run) -> Outcome:
        if not self._is_there:
            raise BackendAway(f"{self.name} is away")
        return succeeded(self.name)

    @override
    async def recover(self, run: Run) -> Outcome:
        return failed(f"{self.name} knows nothing")

    @override
    async def sections(self) -> Mapping[str, object]:
        return {"openclaw": self.name}

    @override
    async def live(self) -> None:
        pass


ROW = Backends([Named("first", "ask", "status", is_there=False), Named("second", "ask", "status", "health")])


def run(*words: str) -> Run:
    return Run(task(*words), *split(task(*words)), "session")


async def test_what_only_reads_falls_back_and_what_changes_does_not() -> None:
    assert (await ROW.run(run("/status"))).output == "second"
    assert (await ROW.run(run("/health"))).output == "second"
    assert await ROW.run(run("/ask", "x")) == failed("first is away")
    assert (await ROW.run(run("/cron"))).state == "failed"


async def test_a_command_is_recovered_where_it_was_begun() -> None:
    assert await ROW.recover(run("/ask", "x")) == failed("first knows nothing")


async def test_the_preferred_ones_words_count() -> None:
    assert await ROW.sections() == {"openclaw": "first"}
    assert ROW.commands == {"ask", "status", "health"}
