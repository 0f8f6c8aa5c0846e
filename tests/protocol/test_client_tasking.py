"""The agent's words on tasks, as the relay hears them."""

import pytest

from clawnet import Agent
from protocol.errors import StaleLease
from tests.protocol.client_relay import NOW, QUICK, TOKEN, Answer, Body, ScriptedRelay, refusal

TASK: Body = {"id": "t1", "room": "global", "command": "/ask", "to": "me", "requested_by": "peer"}
TASK |= {"state": "cancelling", "created_at": NOW}
COMMAND = {"name": "ask", "help": "ask", "risk": 1, "category": "agent"}
ANSWERS: dict[str, Body] = {
    "task_ack": {},
    "task_progress": {},
    "task_result": {"duplicate": True},
    "task_dispatch": {"tasks": [{"id": "t1", "to": "me", "state": "queued"}]},
    "task_cancel": {"task": TASK},
    "task_approve": {"task": TASK},
    "task_deny": {"task": TASK},
    "commands_list": {"commands": [COMMAND]},
    "report": {},
}


def said(answer: Body) -> Answer:
    return lambda _: {"ok": True, **answer}


async def test_every_word_is_said_and_nothing_that_was_not_meant() -> None:
    relay = ScriptedRelay()
    relay.answers = {name: said(answer) for name, answer in ANSWERS.items()}
    async with relay.running(), Agent(relay.url, token=TOKEN, pace=QUICK) as agent:
        await agent.task_ack("t1", "l1")
        await agent.task_progress("t1", "l1", text="half")
        taken = await agent.task_result("t1", "l1", "succeeded", output="yes", exit_code=0)
        placed = await agent.dispatch("me", "/ask", ["hello"], room="alpha")
        stopped = await agent.cancel("t1")
        await agent.approve("t1")
        await agent.deny("t1", "no")
        known = await agent.commands()
        await agent.report(running=["t1"])

    held = {"task_id": "t1", "lease": "l1"}
    assert [body for _, body in relay.asked] == [
        held,
        held | {"text": "half"},
        held | {"state": "succeeded", "output": "yes", "exit_code": 0, "truncated": False},
        {"to": ["me"], "command": "/ask", "args": ["hello"], "room": "alpha"},
        {"task_id": "t1", "reason": ""},
        {"task_id": "t1", "reason": ""},
        {"task_id": "t1", "reason": "no"},
        {},
        {"running": ["t1"]},
    ]
    assert (taken.duplicate, placed[0].id, stopped.id, known[0].name) == (True, "t1", "t1", "ask")


async def test_a_stale_lease_is_told() -> None:
    relay = ScriptedRelay()
    relay.answers["task_ack"] = lambda _: refusal(StaleLease("handed on"))
    async with relay.running(), Agent(relay.url, token=TOKEN, pace=QUICK) as agent:
        with pytest.raises(StaleLease):
            await agent.task_ack("t1", "l1")
