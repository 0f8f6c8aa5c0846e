"""Tasks in the chat: from a typed command to its result, and what no client may do to it."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from clawnet import Agent
from e2e.agents import RawAgent
from e2e.conftest import StartRelay
from e2e.paces import UNLIMITED
from e2e.relay import Relay
from e2e.rest import Rest
from e2e.workers import QUICK, tasks_of

NEVER_RUN = ["/exec rm -rf /", "/sh id", "/statsu", "/", "/../../bin/sh", "/status;id"]


async def test_a_typed_status_is_dispatched_executed_and_its_result_stands_in_the_timeline(
    relay: Relay, operator: Rest, stack: AsyncExitStack
) -> None:
    worker = await stack.enter_async_context(RawAgent(relay.url, await operator.enrol("oc1")))
    reader = await stack.enter_async_context(RawAgent(relay.url, await operator.enrol("reader", "warden")))

    sent = await operator.say("/status")
    (order,) = await worker.until(lambda: worker.heard("task_dispatch"))
    held = {"task_id": order["task"]["id"], "lease": order["lease"]}
    await worker.ask("task_ack", held)
    await worker.ask("task_progress", held | {"text": "looking", "percent": 50})
    result = held | {"state": "succeeded", "output": "all is well", "exit_code": 0}
    first, again = await worker.ask("task_result", result), await worker.ask("task_result", result)

    assert sent["task_ids"] == [held["task_id"]]
    assert (first["duplicate"], again["duplicate"]) == (False, True)
    steps = [message["payload"] for message in await operator.history()]
    assert [(step["kind"], step["task"]["state"]) for step in steps] == [
        ("task", "dispatched"),
        ("task_update", "running"),
        ("task_update", "succeeded"),
    ]
    assert steps[-1]["task"]["output"] == "all is well"
    await reader.until(lambda: len(reader.messages()) == 3)
    assert "looking" in [update["text"] for update in reader.heard("task_update")]
    shown = (await operator.http.get(f"/api/v1/tasks/{held['task_id']}")).json()
    assert (shown["state"], shown["exit_code"]) == ("succeeded", 0)


async def test_who_is_away_gets_its_task_on_return_and_an_unknown_one_is_named(
    relay: Relay, operator: Rest, stack: AsyncExitStack
) -> None:
    token = await operator.enrol("away")
    await stack.enter_async_context(RawAgent(relay.url, await operator.enrol("near")))

    sent = await operator.say("/ping @away @near @ghost")
    worker = await stack.enter_async_context(RawAgent(relay.url, token))
    (order,) = await worker.until(lambda: worker.heard("task_dispatch"))

    assert (sent["unreachable"], sent["unknown"], len(sent["task_ids"])) == (["away"], ["@ghost"], 2)
    assert order["task"]["id"] in sent["task_ids"]
    assert order["task"]["group_id"] is not None


async def test_nobody_but_the_assignee_reports_and_nobody_reports_twice(
    relay: Relay, operator: Rest, stack: AsyncExitStack
) -> None:
    worker = await stack.enter_async_context(RawAgent(relay.url, await operator.enrol("oc1")))
    twin = await stack.enter_async_context(RawAgent(relay.url, worker._token))
    forger = await stack.enter_async_context(RawAgent(relay.url, await operator.enrol("forger")))
    await operator.say("/ping @oc1")
    (order,) = await worker.until(lambda: worker.heard("task_dispatch"))
    held = {"task_id": order["task"]["id"], "lease": order["lease"]}

    forged = [
        await forger.call(event, held | more)
        for event, more in (
            ("task_ack", {}),
            ("task_progress", {}),
            ("task_result", {"state": "succeeded", "output": "forged"}),
        )
    ]
    await worker.ask("task_ack", held)
    second = await twin.call("task_ack", held)
    stale = await worker.call("task_result", held | {"lease": "t.9", "state": "failed", "output": ""})
    await worker.ask("task_result", held | {"state": "failed", "output": "broken"})
    late = await worker.call("task_result", held | {"state": "succeeded", "output": "late"})

    assert {ack["error"]["code"] for ack in forged} == {"not_found"}
    assert {ack["error"]["code"] for ack in (second, stale, late)} == {"stale_lease"}
    (task,) = await tasks_of(operator)
    assert (task["state"], task["output"]) == ("failed", "broken")


async def test_nothing_that_is_no_command_typed_by_somebody_entitled_is_ever_dispatched(
    relay: Relay, operator: Rest, stack: AsyncExitStack
) -> None:
    worker = await stack.enter_async_context(RawAgent(relay.url, await operator.enrol("oc1")))
    other = await stack.enter_async_context(RawAgent(relay.url, await operator.enrol("other")))
    await operator.say("/ping @oc1")
    (order,) = await worker.until(lambda: worker.heard("task_dispatch"))
    held = {"task_id": order["task"]["id"], "lease": order["lease"]}
    await worker.ask("task_ack", held)

    for text in NEVER_RUN:
        for to in ({"to_type": "global", "to_id": "global"}, {"to_type": "dm", "to_id": "oc1"}):
            body = {**to, "payload": {"kind": "text", "text": text}}
            assert (await other.call("chat_send", body))["error"]["code"] == "invalid_request"
    refused = await other.call(
        "chat_send", {"to_type": "dm", "to_id": "oc1", "payload": {"kind": "text", "text": "/do it"}}
    )
    for text in ("//exec rm -rf /", "> /do @oc1 quoted", " /do @oc1 indented", "see: /do @oc1"):
        await other.say(text, to_type="dm", to_id="oc1")
    await worker.ask("task_result", held | {"state": "succeeded", "output": "/do @other from a result"})

    assert refused["error"]["code"] == "forbidden"
    assert len(await tasks_of(operator)) == 1
    assert other.texts("dm:oc1:other")[0] == "/exec rm -rf /", "two slashes are a literal one"


async def test_a_risky_command_waits_for_a_master_and_runs_once(
    relay: Relay, operator: Rest, stack: AsyncExitStack
) -> None:
    worker = await stack.enter_async_context(RawAgent(relay.url, await operator.enrol("oc1")))
    sent = await operator.say("/do @oc1 restart the api")
    (task_id,) = sent["task_ids"]

    before = worker.heard("task_dispatch")
    guessed = await worker.call("task_ack", {"task_id": task_id, "lease": f"{task_id}.1"})
    mine = await worker.call("task_approve", {"task_id": task_id})
    approved = await operator.http.post(f"/api/v1/tasks/{task_id}/approve")
    again = await operator.http.post(f"/api/v1/tasks/{task_id}/approve")
    (order,) = await worker.until(lambda: worker.heard("task_dispatch"))

    assert before == []
    assert (guessed["error"]["code"], mine["error"]["code"]) == ("stale_lease", "forbidden")
    assert (approved.status_code, again.status_code) == (200, 409)
    assert (order["task"]["args"], order["task"]["approved_by"]) == (["restart the api"], "operator")


async def test_two_echo_agents_stop_each_other_and_the_room_shows_why(
    start_relay: StartRelay, stack: AsyncExitStack
) -> None:
    relay = start_relay(**UNLIMITED, loop_limit=12)
    operator = await stack.enter_async_context(Rest(relay.url, relay.token))
    refused = asyncio.Queue[str]()
    for name in ("ping", "pong"):
        agent = Agent(relay.url, token=await operator.enrol(name), pace=QUICK)

        @agent.on_message
        async def answer(message: Any, agent: Agent = agent) -> None:
            if message.payload.kind == "text" and message.from_id != agent.id:
                try:
                    await agent.send(message.room, f"echo: {message.payload.text}")
                except Exception as error:  # noqa: BLE001 - whatever stops it is what is looked for
                    refused.put_nowait(str(error))

        await stack.enter_async_context(agent)

    await operator.say("hello")
    async with asyncio.timeout(30):
        reasons = {await refused.get(), await refused.get()}
    history = await operator.history()

    assert all(reason.startswith("loop_guard") for reason in reasons)
    by_agents = [message for message in history if message["from_id"] in {"ping", "pong"}]
    assert len(by_agents) <= 2 * 12 + 2
    lines = [each["payload"] for each in history if each["payload"]["kind"] == "system"]
    assert [line["event"] for line in lines] == ["loop_guard"]
    await operator.http.post(
        "/api/v1/messages", json={"to_type": "global", "to_id": "global", "text": "/continue"}
    )
    after = [each["payload"] for each in await operator.history() if each["payload"]["kind"] == "system"]
    assert [line["event"] for line in after] == ["loop_guard", "loop_continue"]
