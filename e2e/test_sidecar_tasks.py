"""Relay, sidecar and gateway, all as they are: a task from REST to its one turn and its one result."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from e2e.gateway import SHARED, FakeGateway
from e2e.relay import Relay
from e2e.rest import Rest
from e2e.sidecar import SidecarProcess
from e2e.taskdesk import RealDesk
from e2e.taskrelay import AGENT
from e2e.test_sidecar import gateway

__all__ = ["gateway"]

ROUNDS = 3


@pytest.fixture
async def desk(relay: Relay, operator: Rest, stack: AsyncExitStack) -> RealDesk:
    """Return a relay that gives tasks."""
    return await RealDesk(relay, operator).open(stack)


@pytest.fixture
def sidecar(desk: RealDesk, gateway: FakeGateway, tmp_path: Path) -> Iterator[SidecarProcess]:
    """Return a sidecar between the two."""
    secret = tmp_path / "gateway.token"
    secret.write_text(SHARED)
    words = ("--gateway-url", gateway.url, "--gateway-token-file", str(secret))
    started = SidecarProcess(tmp_path / "sidecar", desk.url, desk.token, *words).start()
    yield started
    started.kill()
    assert started.faults() == []


@pytest.mark.usefixtures("sidecar")
async def test_a_question_is_streamed_answered_and_stands_in_the_room_once(
    desk: RealDesk, gateway: FakeGateway
) -> None:
    task = await desk.dispatch("/ask", "DRIP:8x400")

    end = await desk.ended(task)

    assert (end["state"], end["output"].split()[-1]) == ("succeeded", "7.")
    assert len(desk.progress(task)) >= 2
    assert gateway.turns == {task: 1}
    assert desk.results(task) == 1


@pytest.mark.usefixtures("sidecar")
async def test_a_cancelled_question_is_stopped_in_the_gateway(desk: RealDesk, gateway: FakeGateway) -> None:
    task = await desk.dispatch("/ask", "DRIP:200x200")
    await desk.said(task)

    await desk.cancel(task)

    assert (await desk.ended(task))["state"] == "cancelled"
    assert gateway.aborts == [task]


@pytest.mark.usefixtures("sidecar")
async def test_what_the_agent_can_do_is_offered_to_those_who_type(desk: RealDesk, operator: Rest) -> None:
    await desk.ended(await desk.dispatch("/status"))
    await desk.running(await desk.dispatch("/ask", "SLEEP:1"))

    told = (await operator.http.get(f"/api/v1/agents/{AGENT}/telemetry")).json()

    assert "cpus" in str(told)


async def test_a_sidecar_killed_in_a_turn_finds_it_again(
    desk: RealDesk, gateway: FakeGateway, sidecar: SidecarProcess
) -> None:
    task = await desk.dispatch("/ask", "SLEEP:5 hello")
    await desk.running(task)

    sidecar.kill()
    sidecar.restart()

    end = await desk.ended(task)
    assert (end["state"], end["output"]) == ("succeeded", "echo 1: SLEEP:5 hello")
    assert gateway.turns == {task: 1}
    assert desk.results(task) == 1


async def test_a_task_given_while_the_sidecar_is_dead_is_done_when_it_is_back(
    desk: RealDesk, gateway: FakeGateway, sidecar: SidecarProcess
) -> None:
    await desk.ended(await desk.dispatch("/ping"))
    sidecar.kill()

    task = await desk.dispatch("/ask", "hello")
    sidecar.restart()

    assert (await desk.ended(task))["state"] == "succeeded"
    assert gateway.turns == {task: 1}


@pytest.mark.timeout(600)
async def test_whenever_it_is_killed_each_task_has_one_turn_and_one_result(
    desk: RealDesk, gateway: FakeGateway, sidecar: SidecarProcess
) -> None:
    dice, tasks = random.Random(7), []
    for number in range(ROUNDS):
        tasks.append(await desk.dispatch("/ask", f"SLEEP:{dice.uniform(0, 0.6):.2f} {number}"))
        await asyncio.sleep(dice.uniform(0, 3))
        sidecar.kill()
        sidecar.restart()

    ends = [await desk.ended(task, 180) for task in tasks]

    assert {end["state"] for end in ends} == {"succeeded"}
    assert gateway.turns == dict.fromkeys(tasks, 1)
    assert {desk.results(task) for task in tasks} == {1}
