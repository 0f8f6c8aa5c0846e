"""Pictures of the console for the documents: `python -m e2e.screenshots [name …]`."""

import asyncio
import math
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Browser, Page, expect

from clawnet import Agent, TaskDispatched
from e2e.browser import chromium
from e2e.forks import ROOT
from e2e.past import PastRelay
from e2e.relay import Relay
from e2e.rest import Rest
from e2e.shrinking import shrunk

FOLDER = ROOT / "docs" / "screenshots"
BEGUN = "2026-11-12T09:10:00Z"
NOW = "2026-11-22T14:02:09Z"
Scheme = Literal["dark", "light"]
Turn = Callable[[str], None]
SCENE = (
    ("21T13:20:00", "atlas", "Nightly build finished: **412 passed**, 0 failed."),
    (
        "22T13:38:00",
        "borealis",
        "Index rebuild is at 63 %. Tail:\n```text\n[63%] shard 5/8\n[64%] shard 5/8 merging segments\n```",
    ),
    ("22T13:38:20", "borealis", "Disk is fine, 41 GB free."),
    ("22T13:45:00", "operator", "@atlas run the smoke tests on `staging` please"),
    ("22T13:45:12", "atlas", "On it. I will post the result here."),
    ("22T13:56:00", "corvus", "@operator audit chain verified."),
)
COMMANDS = (
    ("22T13:46:10", "/health @dione"),
    ("22T13:47:30", "/status @atlas @borealis @dione"),
    ("22T13:59:59", "/do @atlas restart the api"),
    ("22T14:01:27", "/ask @borealis rebuild the index"),
)
STATUS = "openclaw 2026.11.3, healthy\n2 sessions, 1 job\ncpu 12 %, memory 41 %\n"
PROGRESS = "[63%] shard 5/8\n[64%] shard 5/8 merging segments"
HEALTH = """gateway: connection refused (127.0.0.1:18789)
retry 1 of 3: connection refused
retry 2 of 3: connection refused
retry 3 of 3: connection refused
warn: the service was not found among the running ones
hint: start it with `openclaw gateway start`, then ask again
gave up after 14 s"""
# What the fleet is: role, version, busy with how many percent of processor and memory, sessions.
FLEET: Mapping[str, tuple[str, str, int, int, int]] = {
    "atlas": ("worker", "4.0.0", 12, 41, 2),
    "borealis": ("worker", "4.0.0", 91, 72, 1),
    "corvus": ("warden", "4.0.0", 4, 22, 0),
    "dione": ("worker", "4.0.0", 1, 30, 0),
    "fornax": ("worker", "3.9.1", 38, 57, 4),
    "gaia": ("worker", "4.0.0", 22, 64, 1),
    "helix": ("worker", "4.0.0", 7, 18, 0),
}
WAVES = (6, 3, 2, 1, 18, 12, 5)  # how far the load of each goes up and down
SLOW = {"helix": 7}  # seconds that a clock is behind
REPORTED = datetime(2026, 11, 22, 12, 57, tzinfo=UTC)
NOTES = {
    "atlas": "make smoke on staging",
    "gaia": "reading the changelog of 4.0",
    "helix": "triage of the inbox",
}
SPECS = {"os": "Linux 6.12", "arch": "x86_64", "cpus": 8, "load1": 0.7, "disk_percent": 58.0}
OPENCLAW = {"ok": True, "version": "2026.11.3", "latency_ms": 8}
SIZES: Sequence[tuple[str, int, int]] = (("", 1440, 900), ("-phone", 360, 740))
DAY = 86_400
LIMITS = {"rate_events": 2, "rate_chat": 0.5}  # refilled so slowly that there is something to see


@dataclass(frozen=True)
class View:
    """A picture to take: where, what must be there first, what is clicked and typed before it is taken."""

    name: str
    path: str
    ready: str
    clicks: tuple[str, ...] = ()
    keys: str = ""
    busy: bool = False
    wide: bool = False  # there is no such thing on a phone


VIEWS = (
    View("console", "/dashboard/r/alpha", "timeline"),
    View("fleet", "/dashboard/fleet", "fleet-view-cards"),
    View("fleet-table", "/dashboard/fleet?view=table", "fleet-view-table", ("fleet-pick-gaia",)),
    View("agent", "/dashboard/fleet/atlas", "agent-status"),
    View("agent-token", "/dashboard/fleet/borealis?tab=token", "tokens"),
    View("agent-danger", "/dashboard/fleet/borealis?tab=danger", "agent-danger"),
    View("agent-history", "/dashboard/fleet/atlas?tab=history", "agent-history"),
    View(
        "token",
        "/dashboard/fleet/dione?tab=token",
        "tokens",
        ("token-create", "token-choice-do", "token-value"),
    ),
    View("audit", "/dashboard/audit", "audit-table"),
    View("audit-filtered", "/dashboard/audit?action=role&target=corvus", "audit-table", (".fold",)),
    View("ops", "/dashboard/ops", "ops-table"),
    View("fleet-columns", "/dashboard/fleet?view=table", "fleet-view-table", ("fleet-columns",), wide=True),
    View(
        "dispatch",
        "/dashboard/ops?to=%40atlas%20%40borealis&cmd=%2Fnew",
        "ops-table",
        ("dispatch-run", "dispatch-confirm"),
    ),
    View("ops-board", "/dashboard/ops?view=board", "ops-board"),
    View("task", "/dashboard/ops?q=status:failed", "ops-table", (".ops-table tbody th a", "task-output")),
    View("palette", "/dashboard", "timeline", ("open-palette",)),
    View("needs-you", "/dashboard/r/alpha", "timeline", ("needs-you",)),
    View("commands", "/dashboard/r/alpha", "timeline", keys="/s"),
    View("logs", "/dashboard/logs?of=tasks", "log-line"),
    View("logs-agent", "/dashboard/logs?of=agent&agent=dione", "log-line"),
    View("settings-general", "/dashboard/settings", "setting-CLAWNET_HOST"),
    View("settings-appearance", "/dashboard/settings/appearance", "theme-dark"),
    View("settings-notifications", "/dashboard/settings/notifications", "notify-table"),
    View("settings-keyboard", "/dashboard/settings/keyboard", "keyboard-single"),
    View("settings-tokens", "/dashboard/settings/tokens", "all-tokens", ("holder-open-borealis",)),
    View("settings-access", "/dashboard/settings/access", "tokens"),
    View("settings-persistence", "/dashboard/settings/persistence", "persistence-counts"),
    View("settings-limits", "/dashboard/settings/limits", "limits-use", busy=True),
    View("settings-connect", "/dashboard/settings/connect", "connect-check"),
    View("settings-danger", "/dashboard/settings/danger", "purge"),
)


def _stay(_: str) -> None:
    """Leave the relay's clock alone."""


async def play(relay: Relay, stack: AsyncExitStack, turn: Turn = _stay) -> None:
    """Let some agents talk in a room; `turn` sets the relay's clock."""
    turn("2026-11-12T09:12:00Z")
    operator = await stack.enter_async_context(Rest(relay.url, relay.token))
    tokens = {name: await operator.enrol(name) for name in (*FLEET, "ember")}
    first = (await operator.http.get("/api/v1/tokens", params={"agent_id": "gaia"})).json()["items"][0]["id"]
    tokens["gaia"] = (await _call(operator, "POST", "tokens", agent_id="gaia", lifetime=16 * DAY))["secret"]
    await _call(operator, "DELETE", f"tokens/{first}")
    turn("2026-11-21T08:00:00Z")
    agents = {"operator": await stack.enter_async_context(Agent(relay.url, token=relay.token))}
    for name in FLEET:
        agents[name] = await stack.enter_async_context(Agent(relay.url, token=tokens[name]))
    await agents["atlas"].create_room("alpha", topic="Release train, week 47")
    for name in ("borealis", "corvus", "dione", "operator"):
        await agents[name].join("alpha")
    async with Agent(relay.url, token=tokens["ember"]) as ember:
        await ember.send("global", "Backups of the night are done.")
    for moment, name, text in SCENE:
        turn(f"2026-11-{moment}Z")
        await agents[name].send("alpha", text)
    await agents["dione"].send("@operator", "The staging credentials run out on Friday.")
    await work(agents, turn)
    await report(agents, turn)
    await agents["dione"].set_presence("idle", note="waiting for staging")
    for name, note in NOTES.items():
        await agents[name].set_presence("online", note=note)
    turn("2026-11-22T14:01:55Z")
    await administer(operator)
    turn(NOW)


async def work(agents: dict[str, Agent], turn: Turn) -> None:
    """Let agents run commands: one ends well, one badly, one is under way, one waits to be approved."""
    begun, ended = asyncio.Event(), asyncio.Semaphore(0)

    for name in ("atlas", "borealis", "dione"):

        async def carry(order: TaskDispatched, agent: Agent = agents[name]) -> None:
            task, lease = order.task, order.lease
            await agent.task_ack(task.id, lease)
            if task.command == "ask":
                await agent.task_progress(task.id, lease, text=PROGRESS, percent=63)
                begun.set()
            elif task.command == "health":
                turn("2026-11-22T13:46:24Z")
                await agent.task_result(task.id, lease, "failed", output=HEALTH, exit_code=1)
                ended.release()
            else:
                await agent.task_result(task.id, lease, "succeeded", output=STATUS)
                ended.release()

        agents[name].on_task(carry)
    for (moment, line), ends in zip(COMMANDS, (1, 3, 0, 0), strict=True):
        turn(f"2026-11-{moment}Z")
        await agents["operator"].send("alpha", line)
        for _ in range(ends):
            await ended.acquire()
    await begun.wait()


async def report(agents: dict[str, Agent], turn: Turn) -> None:
    """Let agents tell how busy they were in the last hour, and more often in the last minutes."""
    for number in range(60):
        moment = REPORTED + (timedelta(minutes=2 * number) if number < 30 else timedelta(hours=1))
        moment += timedelta(seconds=10 * max(0, number - 30))
        turn(moment.isoformat())
        for place, (name, (_, version, cpu, ram, sessions)) in enumerate(FLEET.items()):
            wave = round(WAVES[place % 7] * math.sin(number / (2 + place)) + (number * (7 + place)) % 5 - 2)
            said = {"cpu_percent": min(99, max(1, cpu + wave)), "ram_percent": ram + wave / 5}
            clock = moment - timedelta(seconds=SLOW.get(name, 0))
            specs = SPECS | said | {"version": version, "clock": clock.isoformat()}
            openclaw = OPENCLAW | {"sessions": sessions, "latency_ms": 8 + abs(wave)}
            listed = [{"key": f"agent:main:{name}-{each}", "kind": "direct"} for each in range(sessions)]
            await agents[name].report(specs=specs, openclaw=openclaw, sessions=listed)


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
    await _call(operator, "PUT", "commands/smoke", line="/do make smoke")
    await _call(operator, "PUT", "commands/nightly", line="/ask summarise the nightly build")


async def read_a_lot(relay: Relay) -> None:
    """Use up some of the operator's budgets, so that there is something to see of them."""
    async with Rest(relay.url, relay.token) as operator:
        answers = [operator.http.get("/api/v1/presence") for _ in range(80)]
        words = [operator.say("A word to all: the release is at six.") for _ in range(6)]
        await asyncio.gather(*answers, *words)


async def _call(operator: Rest, method: str, path: str, **body: object) -> dict[str, Any]:
    answer = await operator.http.request(method, f"/api/v1/{path}", json=body or None)
    answer.raise_for_status()
    return dict(answer.json()) if answer.content else {}


async def show(page: Page, relay: Relay, view: View) -> None:
    """Bring a page to a view."""
    if view.busy:
        await read_a_lot(relay)
    await page.goto(f"{relay.url}{view.path}")
    await expect(page.get_by_test_id(view.ready).first).to_be_visible(timeout=20_000)
    await expect(page.get_by_test_id("needs-you")).not_to_have_attribute("data-count", "0", timeout=20_000)
    for click in view.clicks:
        target = page.locator(click).first if click.startswith(".") else page.get_by_test_id(click)
        await target.click()
    if view.keys:
        await expect(page.get_by_test_id("composer-input")).to_be_editable()
        await page.get_by_test_id("composer-input").press_sequentially(view.keys)
        await expect(page.get_by_test_id("composer-menu")).to_be_visible()
    if view.name == "console":
        await expect(page.get_by_test_id("timeline").get_by_text("audit chain verified")).to_be_visible()


async def draw(browser: Browser, relay: PastRelay, scheme: Scheme, views: Sequence[View]) -> None:
    """Take all pictures in one colour scheme, wide and on a phone."""
    easel = await browser.new_page()
    for suffix, width, height in SIZES:
        context = await browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, timezone_id="UTC"
        )
        await context.clock.set_system_time(NOW)
        page = await context.new_page()
        await page.goto(f"{relay.url}/login")
        await keep(page, easel, f"login-{scheme}{suffix}")
        await page.goto("about:blank")  # from form to form only what stands behind the # would change
        await page.goto(f"{relay.url}/login#{relay.token}")
        await expect(page.get_by_test_id("timeline")).to_be_visible(timeout=20_000)
        for view in (each for each in views if not (each.wide and suffix)):
            relay.turn(NOW)
            await context.clock.set_system_time(NOW)
            await show(page, relay, view)
            await keep(page, easel, f"{view.name}-{scheme}{suffix}")
        await context.close()


async def keep(page: Page, easel: Page, name: str) -> None:
    """Take a picture and make it small."""
    await page.mouse.move(0, 0)
    png = await page.screenshot(animations="disabled")
    (FOLDER / f"{name}.png").write_bytes(await shrunk(easel, png))


async def main(names: Sequence[str]) -> None:
    """Run a relay, play the scene, take the pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not names:
        for old in FOLDER.glob("*.png"):
            old.unlink()
    views = [view for view in VIEWS if not names or view.name in names]
    with tempfile.TemporaryDirectory() as folder:
        relay = PastRelay(Path(folder), **LIMITS)
        relay.turn(BEGUN)
        relay.start()
        try:
            async with AsyncExitStack() as stack, chromium() as browser:
                await play(relay, stack, relay.turn)
                for scheme in ("dark", "light"):
                    await draw(browser, relay, scheme, views)
        finally:
            relay.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
