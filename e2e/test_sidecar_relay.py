"""The sidecar and a relay that goes away, does not answer, or gives the same task twice."""

import asyncio
import random

import pytest

from e2e.gateway import FakeGateway
from e2e.sidecar import SidecarProcess
from e2e.taskrelay import StandIn
from e2e.test_sidecar import Start, desk, gateway, sidecar, start

__all__ = ["desk", "gateway", "sidecar", "start"]

ROUNDS = 12


@pytest.mark.usefixtures("sidecar")
async def test_nothing_is_executed_before_the_relay_has_taken_the_ack(
    desk: StandIn, gateway: FakeGateway
) -> None:
    desk.refuses.add("task_ack")
    task = await desk.dispatch("/ask", "hello")
    await desk.until(lambda: desk.asked.count("task_ack") >= 3, 30, "no tries")

    assert gateway.turns == {}
    desk.refuses.clear()
    assert (await desk.ended(task))["state"] == "succeeded"


@pytest.mark.usefixtures("sidecar")
async def test_a_connection_that_is_cut_in_a_turn_costs_nothing(desk: StandIn, gateway: FakeGateway) -> None:
    task = await desk.dispatch("/ask", "SLEEP:3 hello")
    await desk.running(task)

    await desk.cut()

    assert (await desk.ended(task))["state"] == "succeeded"
    assert gateway.turns == {task: 1}


async def test_a_result_whose_receipt_is_lost_is_sent_again_as_it_was(
    desk: StandIn, gateway: FakeGateway, sidecar: SidecarProcess
) -> None:
    desk.deaf.add("task_result")
    task = await desk.dispatch("/ask", "hello")
    await desk.ended(task)
    sidecar.kill()
    desk.deaf.clear()
    sent = len(desk.orders[task].results)

    sidecar.restart()
    await desk.until(lambda: len(desk.orders[task].results) > sent, 30, "the result did not come again")

    assert desk.results(task) == 1
    assert gateway.turns == {task: 1}


@pytest.mark.usefixtures("sidecar")
async def test_a_finished_task_that_comes_again_is_answered_with_the_same_result(
    desk: StandIn, gateway: FakeGateway
) -> None:
    task = await desk.dispatch("/ask", "hello")
    await desk.ended(task)

    await desk.repeat(task)
    await desk.until(lambda: len(desk.orders[task].results) == 2, 30, "no second answer")

    assert desk.results(task) == 1
    assert gateway.turns == {task: 1}


@pytest.mark.usefixtures("sidecar")
async def test_a_new_lease_in_a_turn_changes_the_lease_and_not_the_turn(
    desk: StandIn, gateway: FakeGateway
) -> None:
    task = await desk.dispatch("/ask", "SLEEP:4 hello")
    await desk.running(task)

    await desk.hand_on(task)

    end = await desk.ended(task)
    assert (end["state"], end["lease"]) == ("succeeded", desk.orders[task].lease)
    assert gateway.turns == {task: 1}


async def test_a_task_that_was_handed_on_while_the_sidecar_was_dead_is_rejoined(
    desk: StandIn, gateway: FakeGateway, sidecar: SidecarProcess
) -> None:
    task = await desk.dispatch("/ask", "SLEEP:4 hello")
    await desk.running(task)
    sidecar.kill()

    await desk.hand_on(task)
    sidecar.restart()

    assert (await desk.ended(task))["lease"] == desk.orders[task].lease
    assert gateway.turns == {task: 1}


@pytest.mark.usefixtures("sidecar")
async def test_a_task_that_the_relay_gave_away_is_stopped(desk: StandIn, gateway: FakeGateway) -> None:
    task = await desk.dispatch("/ask", "HANG")
    await desk.running(task)

    desk.orders[task].lease = "somebody else's"
    await gateway.aborted.wait()

    assert gateway.aborts == [task]
    assert desk.orders[task].results == []


@pytest.mark.timeout(600)
async def test_whenever_it_is_killed_no_task_is_lost_or_done_twice(
    desk: StandIn, gateway: FakeGateway, sidecar: SidecarProcess
) -> None:
    dice = random.Random(20)
    tasks = []
    for number in range(ROUNDS):
        room = f"room-{number % 3}"
        tasks.append(await desk.dispatch("/ask", f"SLEEP:{dice.uniform(0, 0.6):.2f} {number}", room=room))
        await asyncio.sleep(dice.uniform(0, 3))
        sidecar.kill()
        sidecar.restart()

    ends = [await desk.ended(task, within=120) for task in tasks]

    assert {end["state"] for end in ends} == {"succeeded"}
    assert gateway.turns == dict.fromkeys(tasks, 1)
    assert {desk.results(task) for task in tasks} == {1}


async def test_one_data_folder_is_for_one_sidecar(
    sidecar: SidecarProcess, desk: StandIn, start: Start
) -> None:
    await desk.ended(await desk.dispatch("/ping"))

    second = start("--backend", "plain")

    assert await second.ended() == 6
    assert "another sidecar" in sidecar.log()


async def test_a_token_that_is_not_valid_ends_it_with_the_codes_exit(start: Start, desk: StandIn) -> None:
    desk.valid = "another token"

    assert await start("--backend", "plain").ended() == 3
