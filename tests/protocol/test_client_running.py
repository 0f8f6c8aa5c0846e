"""Commands of an agent: each task runs once, is kept alive, ends in time, and its result is handed in."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from clawnet import Agent, Run
from protocol.client.keeping import Disk, Outcome
from protocol.errors import StaleLease, Unavailable
from tests.protocol.client_relay import NOW, QUICK, TOKEN, Body, ScriptedRelay, refusal

OK: Body = {"ok": True, "server_time": NOW}


class Foreman(ScriptedRelay):
    """Hands out tasks and writes down what is said of them."""

    def __init__(self) -> None:
        super().__init__()
        self.offset = 0
        said = ("task_ack", "task_progress", "task_result", "report")
        self.answers = {event: lambda _: OK for event in said}
        self.cursors["inbox:me"] = 0

    async def order(
        self, task_id: str, command: str, *args: str, lease: str = "l1", seconds: float = 60
    ) -> None:
        """Hand out a task."""
        self.offset += 1
        task: Body = {"id": task_id, "room": "global", "command": command, "args": list(args), "to": "me"}
        task |= {"requested_by": "peer", "state": "dispatched", "created_at": NOW, "timeout": seconds}
        place = {"room": "inbox:me", "offset": self.offset}
        await self.say("task_dispatch", {"task": task, "lease": lease, "attempt": 1, **place})

    def told(self, event: str) -> list[Body]:
        """Return what was said."""
        return [body for name, body in self.asked if name == event]

    async def result(self, count: int = 1) -> Body:
        """Wait for a result and return it."""
        await self.until(lambda: len(self.told("task_result")) >= count)
        return self.told("task_result")[count - 1]


@pytest.fixture
async def relay() -> AsyncIterator[Foreman]:
    foreman = Foreman()
    async with foreman.running():
        yield foreman


def worker(relay: Foreman, state: Path | None = None) -> tuple[Agent, list[str]]:
    """Return an agent with a few commands, and what they did."""
    agent, done = Agent(relay.url, token=TOKEN, pace=QUICK, state=state), []

    @agent.on_command("greet", help="Greets", risk=0)
    async def greet(run: Run) -> str:
        done.append(run.task.id)
        await run.progress("nearly", percent=50)
        return f"hello {' '.join(run.args)}"

    @agent.on_command("fail")
    async def fail(_: Run) -> str:
        raise ValueError("no luck")

    @agent.on_command("sleep")
    async def sleep(run: Run) -> None:
        done.append(run.task.id)
        await asyncio.Event().wait()

    return agent, done


async def test_a_command_is_announced_taken_run_and_handed_in(relay: Foreman) -> None:
    agent, _ = worker(relay)
    async with agent:
        await relay.order("t1", "/Greet", "you")
        result = await relay.result()

    announced = relay.told("report")[0]["specs"]["commands"]
    assert announced[0] == {"name": "greet", "help": "Greets", "risk": 0}
    assert relay.told("task_ack") == [{"task_id": "t1", "lease": "l1"}]
    assert relay.told("task_progress")[0]["percent"] == 50
    assert (result["state"], result["output"]) == ("succeeded", "hello you")


async def test_exceptions_and_the_end_of_time_are_results(relay: Foreman) -> None:
    agent, _ = worker(relay)
    async with agent:
        await relay.order("t1", "fail")
        failed = await relay.result(1)
        await relay.order("t2", "sleep", seconds=0.05)
        late = await relay.result(2)
        await relay.order("t3", "dance")
        unknown = await relay.result(3)

    assert (failed["state"], failed["output"]) == ("failed", "ValueError: no luck")
    assert late["state"] == "timed_out"
    assert (unknown["state"], unknown["output"]) == (
        "failed",
        "there is no /dance here; there is /greet, /fail, /sleep",
    )


async def test_a_cancel_stops_the_function(relay: Foreman) -> None:
    agent, done = worker(relay)
    async with agent:
        await relay.order("t1", "sleep")
        await relay.until(lambda: bool(done) or bool(relay.told("task_ack")))
        await relay.say("task_cancel", {"task_id": "t1"})
        await relay.say("task_cancel", {"task_id": "t1"})
        result = await relay.result()

    assert result["state"] == "cancelled"


async def test_a_new_lease_goes_on_with_what_runs(relay: Foreman) -> None:
    agent, done = worker(relay)
    async with agent:
        await relay.order("t1", "sleep")
        await relay.until(lambda: len(relay.told("task_ack")) == 1)
        await relay.order("t1", "sleep", lease="l2")
        await relay.until(lambda: len(relay.told("task_ack")) == 2)
        await relay.say("task_cancel", {"task_id": "t1"})
        result = await relay.result()

    assert (done, result["lease"]) == (["t1"], "l2")


async def test_what_ran_before_is_not_run_again(relay: Foreman, tmp_path: Path) -> None:
    state = tmp_path / "agent.db"
    disk = Disk(state)
    disk.started("begun")
    disk.ended("over", Outcome("succeeded", "hello again"))
    disk.close()
    agent, done = worker(relay, state)

    async with agent:
        await relay.order("begun", "greet")
        interrupted = await relay.result(1)
        await relay.order("over", "greet", lease="l2")
        again = await relay.result(2)

    assert done == []
    assert (interrupted["state"], interrupted["output"]) == ("failed", "interrupted: it may have run")
    assert (again["lease"], again["output"]) == ("l2", "hello again")


async def test_a_result_is_handed_in_until_the_relay_has_it(
    relay: Foreman, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("protocol.client.running.AGAIN", 0.01)
    answers = iter([refusal(Unavailable("the store is away")), OK])
    relay.answers["task_result"] = lambda _: next(answers)
    agent, done = worker(relay)
    async with agent:
        await relay.order("t1", "greet")
        await relay.result(2)

    assert done == ["t1"]


async def test_a_task_that_went_to_somebody_else_is_let_go(relay: Foreman) -> None:
    relay.answers["task_ack"] = lambda _: refusal(StaleLease("handed on"))
    agent, done = worker(relay)
    async with agent:
        await relay.order("t1", "greet")
        await relay.until(lambda: bool(relay.told("task_ack")))

    assert (done, relay.told("task_result")) == ([], [])


async def test_the_farewell_waits_for_what_runs_and_leaves_the_rest(relay: Foreman) -> None:
    agent, _ = worker(relay)
    async with asyncio.timeout(20):
        async with agent:
            await relay.order("t1", "greet", "you")
            await relay.order("t2", "sleep")
            await relay.until(lambda: len(relay.told("task_ack")) == 2)

    assert [result["task_id"] for result in relay.told("task_result")] == ["t1"]
