"""The examples, each as a process of its own, do what they say against the real relay."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from pathlib import Path

from e2e.agents import RawAgent
from e2e.conftest import StartRelay
from e2e.forks import ROOT
from e2e.paces import UNLIMITED
from e2e.relay import Relay
from e2e.rest import Rest

EXAMPLES = ROOT / "examples"
Process = subprocess.Popen[str]
AGENTS = {
    "echo": "echo_agent.py",
    "echo-js": "echo_agent.mjs",
    "crew": "task_worker.py",
    "llm": "llm_agent.py",
}


@contextmanager
def running(
    relay: Relay, token: str, name: str, *words: str, **more: str
) -> Iterator["subprocess.Popen[str]"]:
    """Run an example."""
    program = ["node"] if name.endswith(".mjs") else [sys.executable]
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CLAWNET_")}
    env = kept | {"CLAWNET_URL": relay.url, "CLAWNET_TOKEN": token, "PYTHONPATH": str(ROOT)} | more
    with subprocess.Popen(
        [*program, str(EXAMPLES / name), *words], env=env, text=True, stdout=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()


def echoes(agent: RawAgent, who: str) -> list[str]:
    """Return what an agent said, each offset once, in order."""
    found = {body["offset"]: body for body in agent.messages() if body["from_id"] == who}
    return [found[offset]["payload"]["text"] for offset in sorted(found)]


def is_online(agent: RawAgent, who: str) -> bool:
    """Tell whether an agent has come."""
    return any(
        each["agent_id"] == who and each["status"] == "online" for each in agent.heard("presence_update")
    )


async def test_every_example_does_what_it_says(
    relay: Relay, operator: Rest, stack: AsyncExitStack, tmp_path: Path
) -> None:
    person = await stack.enter_async_context(RawAgent(relay.url, relay.token))
    tokens = {who: await operator.enrol(who) for who in (*AGENTS, "script")}
    for who, name in AGENTS.items():
        stack.enter_context(running(relay, tokens[who], name, CLAWNET_STATE=str(tmp_path / f"{who}.db")))
    for who in AGENTS:
        await person.until(partial(is_online, person, who))

    await person.say("@echo @echo-js @llm hello there")
    await person.until(lambda: all(echoes(person, who) for who in ("echo", "echo-js", "llm")))
    counted = await person.say("/wordcount @crew one two three")
    stopped = await person.say("/countdown @crew 60")
    await person.until(lambda: percents(person))
    await person.ask("task_cancel", {"task_id": stopped["task_ids"][0]})
    await person.until(lambda: len(endings(person)) == 2)
    with running(relay, tokens["script"], "script.py", "is @echo there?") as script:
        out, _ = await asyncio.to_thread(script.communicate, timeout=60)

    assert (
        echoes(person, "echo")[0] == echoes(person, "echo-js")[0] == "echo: @echo @echo-js @llm hello there"
    )
    assert echoes(person, "llm")[0] == "You wrote 5 words. A real model would say something about them."
    assert endings(person)[counted["task_ids"][0]] == ("succeeded", "3 words")
    assert endings(person)[stopped["task_ids"][0]][0] == "cancelled"
    assert script.returncode == 0
    assert "@echo: echo: is @echo there?" in out


async def test_agents_survive_a_relay_that_is_killed(
    start_relay: StartRelay, stack: AsyncExitStack, tmp_path: Path
) -> None:
    relay = start_relay(store=f"sqlite:{tmp_path / 'relay.db'}", **UNLIMITED)
    operator = await stack.enter_async_context(Rest(relay.url, relay.token))
    for who in ("echo", "echo-js"):
        state = str(tmp_path / f"{who}.db")
        stack.enter_context(running(relay, await operator.enrol(who), AGENTS[who], CLAWNET_STATE=state))

    for number in range(10):
        await operator.say(f"@echo @echo-js {number}")
    relay.kill()
    relay.restart()
    for number in range(10, 20):
        await operator.say(f"@echo @echo-js {number}")
    async with RawAgent(relay.url, relay.token) as person:
        await person.until(lambda: all(len(echoes(person, who)) >= 20 for who in ("echo", "echo-js")), 60)

    expected = [f"echo: @echo @echo-js {number}" for number in range(20)]
    said = await operator.history()
    for who in ("echo", "echo-js"):
        assert [each["payload"]["text"] for each in said if each["from_id"] == who] == expected


def percents(agent: RawAgent) -> list[float]:
    """Return how far tasks said that they were."""
    return [each["task"]["percent"] for each in agent.heard("task_update") if each["task"]["percent"]]


def endings(agent: RawAgent) -> dict[str, tuple[str, str]]:
    """Return state and output of the tasks that have ended."""
    tasks = [each["task"] for each in agent.heard("task_update") if each["task"]["ended_at"]]
    return {task["id"]: (task["state"], task["output"]) for task in tasks}
