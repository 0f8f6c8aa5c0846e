"""Pictures of the console for the documents: `python -m e2e.screenshots [name …]`."""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Browser, Page, expect

from clawnet import Agent, TaskDispatched
from e2e.browser import chromium
from e2e.relay import ROOT, Relay
from e2e.rest import Rest

FOLDER = ROOT / "docs" / "screenshots"
Scheme = Literal["dark", "light"]
SCENE = (
    ("atlas", "Nightly build finished: **412 passed**, 0 failed."),
    (
        "borealis",
        "Index rebuild is at 63 %. Tail:\n```text\n[63%] shard 5/8\n[64%] shard 5/8 merging segments\n```",
    ),
    ("borealis", "Disk is fine, 41 GB free."),
    ("operator", "@atlas run the smoke tests on `staging` please"),
    ("atlas", "On it. I will post the result here."),
    ("corvus", "@operator audit chain verified."),
)
COMMANDS = (
    "/health @dione",
    "/status @atlas @borealis @dione",
    "/do @atlas restart the api",
    "/ask @borealis rebuild the index",
)
STATUS = "openclaw 2026.11.3, healthy\n2 sessions, 1 job\ncpu 12 %, memory 41 %\n"
PROGRESS = "[63%] shard 5/8\n[64%] shard 5/8 merging segments"
SPECS = {
    "os": "Linux 6.12",
    "arch": "x86_64",
    "cpus": 8,
    "cpu_percent": 12.4,
    "ram_percent": 41.0,
    "load1": 0.7,
}
OPENCLAW = {"ok": True, "version": "2026.11.3", "sessions": 2, "latency_ms": 8}
SIZES: Sequence[tuple[str, int, int]] = (("", 1440, 900), ("-phone", 360, 740))
DAY = 86_400
LIMITS = {"rate_events": 2, "rate_chat": 0.5}  # refilled so slowly that there is something to see


@dataclass(frozen=True)
class View:
    """A picture to take: where, what must be there first, and what is clicked and typed before it is taken.

    `main` views are taken in both colour schemes and on a phone as well, the others once.
    """

    name: str
    path: str
    ready: str
    clicks: tuple[str, ...] = ()
    keys: str = ""
    busy: bool = False
    main: bool = False


VIEWS = (
    View("console", "/dashboard/r/alpha", "timeline", main=True),
    View("fleet", "/dashboard/fleet", "waiting", main=True),
    View("agent", "/dashboard/fleet/atlas", "agent-status"),
    View("agent-token", "/dashboard/fleet/borealis?tab=token", "tokens", main=True),
    View("agent-history", "/dashboard/fleet/atlas?tab=history", "agent-history"),
    View(
        "token",
        "/dashboard/fleet/dione?tab=token",
        "tokens",
        ("token-create", "token-choice-do", "token-value"),
    ),
    View("audit", "/dashboard/audit", "audit-table", main=True),
    View("audit-filtered", "/dashboard/audit?action=role&target=corvus", "audit-table", (".fold",)),
    View("ops", "/dashboard/ops", "ops-table", main=True),
    View("task", "/dashboard/ops?state=failed", "ops-table", (".ops-table tbody th a", "task-output")),
    View("commands", "/dashboard/r/alpha", "timeline", main=True, keys="/s"),
    View("logs", "/dashboard/logs", "logs-query", main=True),
    View("settings-general", "/dashboard/settings", "setting-CLAWNET_HOST"),
    View("settings-access", "/dashboard/settings/access", "tokens"),
    View("settings-persistence", "/dashboard/settings/persistence", "persistence-address", main=True),
    View("settings-limits", "/dashboard/settings/limits", "limits-use", busy=True),
    View("settings-connect", "/dashboard/settings/connect", "connect-check"),
)


async def play(relay: Relay, stack: AsyncExitStack) -> None:
    """Let some agents talk in a room."""
    operator = await stack.enter_async_context(Rest(relay.url, relay.token))
    agents = {"operator": await stack.enter_async_context(Agent(relay.url, token=relay.token))}
    for name in ("atlas", "borealis", "corvus", "dione"):
        token = await operator.enrol(name)
        agents[name] = await stack.enter_async_context(Agent(relay.url, token=token))
    await operator.enrol("ember")
    await agents["atlas"].create_room("alpha", topic="Release train, week 47")
    for name in ("borealis", "corvus", "dione", "operator"):
        await agents[name].join("alpha")
    await agents["dione"].set_presence("idle", note="waiting for staging")
    await agents["atlas"].set_presence("online", note="make smoke on staging")
    for name, text in SCENE:
        await agents[name].send("alpha", text)
    await agents["dione"].send("@operator", "The staging credentials run out on Friday.")
    await work(agents)
    await administer(operator)


async def work(agents: dict[str, Agent]) -> None:
    """Let agents run commands: one ends well, one badly, one is under way, one waits to be approved."""
    begun = asyncio.Event()

    for name in ("atlas", "borealis", "dione"):

        async def carry(order: TaskDispatched, agent: Agent = agents[name]) -> None:
            task, lease = order.task, order.lease
            await agent.task_ack(task.id, lease)
            if task.command == "ask":
                await agent.task_progress(task.id, lease, text=PROGRESS, percent=63)
                begun.set()
            elif task.command == "health":
                await agent.task_result(task.id, lease, "failed", output="connection refused", exit_code=1)
            else:
                await agent.task_result(task.id, lease, "succeeded", output=STATUS)

        agents[name].on_task(carry)
    for line in COMMANDS:
        await agents["operator"].send("alpha", line)
    await begun.wait()
    await agents["atlas"].report(specs=SPECS, openclaw=OPENCLAW)


async def administer(operator: Rest) -> None:
    """Do with agents what an operator does, so that there is something to see of it."""
    await _call(operator, "POST", "handles", agent_id="atlas", handle="atlas-build")
    await _call(operator, "POST", "handles", agent_id="atlas", handle="atlas")
    await _call(operator, "PATCH", "agents/corvus", role="warden")
    tokens = (await operator.http.get("/api/v1/tokens", params={"agent_id": "ember"})).json()["items"]
    await _call(operator, "POST", "tokens", agent_id="borealis", lifetime=30 * DAY)
    gone = await _call(operator, "POST", "tokens", agent_id="borealis")
    await _call(operator, "DELETE", f"tokens/{gone['token']['id']}")
    await _call(operator, "POST", f"tokens/{tokens[0]['id']}/rotate", overlap=0)
    for name in ("scout", "Falcon-7"):
        await _call(operator, "POST", "joins", agent_id=name)


async def read_a_lot(relay: Relay) -> None:
    """Use up some of the operator's budgets, so that there is something to see of them."""
    async with Rest(relay.url, relay.token) as operator:
        answers = [operator.http.get("/api/v1/presence") for _ in range(80)]
        words = [operator.say("A word to all: the release is at six.") for _ in range(6)]
        await asyncio.gather(*answers, *words)


async def _call(operator: Rest, method: str, path: str, **body: object) -> dict[str, Any]:
    answer = await operator.http.request(method, f"/api/v1/{path}", json=body or None)
    answer.raise_for_status()
    return dict(answer.json())


async def show(page: Page, relay: Relay, view: View) -> None:
    """Bring a page to a view."""
    if view.busy:
        await read_a_lot(relay)
    await page.goto(f"{relay.url}{view.path}")
    await expect(page.get_by_test_id(view.ready).first).to_be_visible(timeout=20_000)
    for click in view.clicks:
        target = page.locator(click).first if click.startswith(".") else page.get_by_test_id(click)
        await target.click()
    if view.keys:
        await expect(page.get_by_test_id("composer-input")).to_be_editable()
        await page.get_by_test_id("composer-input").press_sequentially(view.keys)
        await expect(page.get_by_test_id("composer-menu")).to_be_visible()
    if view.name == "console":
        await expect(page.get_by_test_id("timeline").get_by_text("audit chain verified")).to_be_visible()


async def draw(browser: Browser, relay: Relay, scheme: Scheme, views: Sequence[View]) -> None:
    """Take all pictures in one colour scheme, wide and on a phone."""
    for suffix, width, height in SIZES:
        context = await browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        page = await context.new_page()
        await page.goto(f"{relay.url}/login#{relay.token}")
        await expect(page.get_by_test_id("timeline")).to_be_visible(timeout=20_000)
        for view in views:
            if view.main or (scheme, suffix) == ("dark", ""):
                await show(page, relay, view)
                await page.screenshot(path=FOLDER / f"{view.name}-{scheme}{suffix}.png")
        await context.close()


async def main(names: Sequence[str]) -> None:
    """Run a relay, play the scene, take the pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    views = [view for view in VIEWS if not names or view.name in names]
    with tempfile.TemporaryDirectory() as folder:
        relay = Relay(Path(folder), **LIMITS).start()
        try:
            async with AsyncExitStack() as stack, chromium() as browser:
                await play(relay, stack)
                for scheme in ("dark", "light"):
                    await draw(browser, relay, scheme, views)
        finally:
            relay.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
