"""Halting: who is paused stops what it is at."""

import asyncio

import pytest

from protocol.errors import ClawNetError, Forbidden
from protocol.tasks import TaskState
from tests.app.services.tasks.crew import Crew
from tests.fakes import FlakyStore


async def halt(crew: Crew, who: str, *, by: str = "operator") -> list[str]:
    """Pause with all that belongs to it."""
    return await crew.stage.core.coordination.halting.pause(crew.stage.actor(by), who)


async def test_tasks_of_who_is_paused_come_to_an_end(crew: Crew) -> None:
    running, waiting = await crew.running(), await crew.task()
    risky, other = await crew.task("/do @bob it"), await crew.task("/ping @ann")
    done = await crew.running("/ping @bob")
    await crew.finish(done)

    assert await halt(crew, "@bob") == ["bob"]

    states = [crew.see(task.id).state.value for task in (running, waiting, risky, other, done)]
    assert states == ["cancelling", "cancelled", "cancelled", "queued", "succeeded"]
    assert crew.see(waiting.id).reason == "paused"
    assert {"task_id": running.id} in crew.bob.wire.bodies("task_cancel")


async def test_fleet_stops_altogether(crew: Crew) -> None:
    tasks = [await crew.task("/ping @ann"), await crew.task("/ping @bob")]

    await halt(crew, "@all")

    assert {crew.see(task.id).state for task in tasks} == {TaskState.CANCELLED}


async def test_worker_halts_nobody(crew: Crew) -> None:
    task = await crew.task()

    with pytest.raises(Forbidden):
        await halt(crew, "@bob", by="ann")

    assert crew.see(task.id).state is TaskState.DISPATCHED


async def test_no_task_slips_through_while_an_agent_is_paused(crew: Crew, store: FlakyStore) -> None:
    store.open.clear()
    asked = [asyncio.ensure_future(crew.ask("/ping @bob")) for _ in range(3)]  # noqa: TID251
    await asyncio.sleep(0)
    halted = asyncio.ensure_future(halt(crew, "@bob"))  # noqa: TID251
    await asyncio.sleep(0)
    late = asyncio.ensure_future(crew.ask("/ping @bob"))  # noqa: TID251
    await asyncio.sleep(0)
    store.open.set()

    outcomes = await asyncio.gather(*asked, late, return_exceptions=True)
    await halted

    assert isinstance(outcomes[-1], ClawNetError)
    assert crew.stage.core.coordination.tasks.listed(crew.stage.operator, state="dispatched") == []
