"""What open consoles cost and how well they follow: `python -m bench.console --minutes 5`.

Agents talk in a room that operators look at in real browsers. Prints one line of JSON and ends with 1 when a
console followed too slowly, grew without end, or opened a full room too slowly.
"""

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, expect

from e2e.agents import RawAgent
from e2e.browser import chromium
from e2e.paces import UNLIMITED
from e2e.relay import Relay
from e2e.rest import Rest

FOLLOW = 500.0  # ms, p95 from the moment before a message is sent until it is painted
OPEN = 2_500.0  # ms from navigation to the newest message of a full room
GROWTH = 1.5  # of heap and DOM between the middle third of the run and the last; the room fills in the first
# Messages carry the time at which they were sent, by the clock that browsers on this machine share.
WATCH = """(() => { window.waits = []; window.said = new Set();
const text = row => row.querySelector?.('.body')?.textContent ?? '';
const look = row => {
  const sent = /^at (\\d+\\.\\d+) (\\d+)$/.exec(text(row));
  if (!sent || window.said.has(sent[2])) return;
  window.said.add(sent[2]);
  requestAnimationFrame(() => window.waits.push([Number(sent[2]), Date.now() - Number(sent[1]) * 1000])); };
const begin = () => { const rows = document.querySelector('[data-testid=timeline] .rows');
  if (!rows) return setTimeout(begin, 20);
  new MutationObserver(changes => changes.forEach(change => change.addedNodes.forEach(look)))
    .observe(rows, {childList: true}); };
begin(); })();"""
SIZE = """() => ({nodes: document.querySelectorAll('*').length,
  heap: performance.memory ? performance.memory.usedJSHeapSize / 2 ** 20 : 0})"""
NEWEST = """text => new Promise(done => { const look = () =>
  document.querySelector('[data-testid=timeline] .rows')?.textContent.includes(text)
    ? requestAnimationFrame(() => done(performance.now())) : requestAnimationFrame(look); look(); })"""


async def talk(agents: list[RawAgent], rate: float, seconds: float, word: str) -> int:
    """Let agents say something in turn at a steady pace; return how much was said."""
    begin, count = time.monotonic(), round(rate * seconds)
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            await asyncio.sleep(max(0.0, begin + number / rate - time.monotonic()))
            agents[
                number % len(agents)
            ].events.clear()  # they keep what they hear, which nobody asks for here
            text = f"{word} {time.time():.3f} {number}"
            group.create_task(agents[number % len(agents)].say(text, to_type="room", to_id="bench"))
    return count


async def opened(browser: Browser, relay: Relay, path: str) -> Page:
    """Open an operator's tab."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    await context.add_init_script(WATCH)
    page = await context.new_page()
    await page.goto(f"{relay.url}/login?next=/dashboard{path}#{relay.token}")
    await expect(page.get_by_test_id("composer-input")).to_be_editable(timeout=30_000)
    return page


class Watcher:
    """Looks at one tab every few seconds: how long messages took, how large it is, how often it loaded."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.waits: dict[int, float] = {}
        self.sizes: list[dict[str, float]] = []
        self.loads = 0
        page.on("load", self._count)

    def _count(self, _: Page) -> None:
        self.loads += 1

    async def look(self) -> None:
        """Take what there is to be seen now; the first sight of a message counts."""
        for number, wait in await self._page.evaluate("window.waits.splice(0)"):
            self.waits.setdefault(number, wait)
        self.sizes.append(await self._page.evaluate(SIZE))

    async def watch(self, stop: asyncio.Event) -> None:
        """Look until told to stop."""
        while not stop.is_set():
            await self.look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 5)
        await self.look()


def cpu(relay: Relay) -> float:
    """Return the seconds of processor time that the relay has used."""
    used = relay.process.cpu_times()
    return float(used.user + used.system)


async def follow(
    browser: Browser, relay: Relay, agents: list[RawAgent], *, consoles: int, rate: float, seconds: float
) -> dict[str, Any]:
    """Let consoles look on while agents talk; first without any, to know what they themselves cost."""
    alone = cpu(relay)
    quiet = await talk(agents, rate, min(30.0, seconds / 2), "before")
    per_message = (cpu(relay) - alone) / quiet
    pages = [await opened(browser, relay, "/r/bench") for _ in range(consoles)]
    watchers, stop = [Watcher(page) for page in pages], asyncio.Event()
    begin = cpu(relay)
    async with asyncio.TaskGroup() as group:
        for watcher in watchers:
            group.create_task(watcher.watch(stop))
        said = await talk(agents, rate, seconds, "at")
        used = cpu(relay) - begin
        await asyncio.sleep(2)
        stop.set()
    for page in pages:
        await page.context.close()
    waits = [list(watcher.waits.values()) for watcher in watchers]
    return {
        "said": said,
        "seen": [len(each) for each in waits],
        "loaded_again": [watcher.loads for watcher in watchers],
        "follow_ms_p50": [round(statistics.median(each)) for each in waits],
        "follow_ms_p95": [round(_p95(each)) for each in waits],
        "relay_ms_per_message": round(per_message * 1000, 2),
        "relay_ms_per_message_and_console": round((used / said - per_message) / consoles * 1000, 2),
        "nodes": [_growth([size["nodes"] for size in each.sizes]) for each in watchers],
        "heap_mib": [_growth([size["heap"] for size in each.sizes]) for each in watchers],
        "load_average": round(os.getloadavg()[0], 1),
        "relay_rss_mib": round(relay.process.memory_info().rss / 2**20, 1),
    }


async def full_room(browser: Browser, relay: Relay, agent: RawAgent, count: int) -> float:
    """Fill a room and return the ms in which it opens."""
    await agent.ask("room_create", {"room": "full"})
    for start in range(0, count, 100):
        numbers = range(start, start + 100)
        await asyncio.gather(*(agent.say(f"n {number}", to_type="room", to_id="full") for number in numbers))
        agent.events.clear()
    page = await opened(browser, relay, "/r/full")
    times = []
    for _ in range(3):
        await page.goto(f"{relay.url}/dashboard/r/full", wait_until="commit")
        times.append(float(await page.evaluate(NEWEST, f"n {count - 1}")))
    await page.context.close()
    return statistics.median(times)


async def measure(args: argparse.Namespace, relay: Relay) -> dict[str, Any]:
    """Bring everybody in and measure."""
    async with AsyncExitStack() as stack, chromium() as browser:
        rest = await stack.enter_async_context(Rest(relay.url, relay.token))
        names = [f"agent-{number}" for number in range(args.agents)]
        agents = [
            await stack.enter_async_context(RawAgent(relay.url, await rest.enrol(name))) for name in names
        ]
        await agents[0].ask("room_create", {"room": "bench"})
        for agent in agents[1:]:
            await agent.ask("room_join", {"room": "bench"})
        opening = await full_room(browser, relay, agents[0], args.full)
        result = await follow(
            browser, relay, agents, consoles=args.consoles, rate=args.rate, seconds=args.minutes * 60
        )
    return {"minutes": args.minutes, "agents": args.agents, "rate": args.rate, "full": args.full} | {
        "open_full_room_ms": round(opening),
        **result,
    }


def verdict(result: dict[str, Any]) -> list[str]:
    """Name what is worse than it may be."""
    grown = [*result["nodes"], *result["heap_mib"]]
    checks = {
        "follows too slowly": max(result["follow_ms_p95"]) > FOLLOW,
        "misses messages": min(result["seen"]) < result["said"],
        "is loaded again": max(result["loaded_again"]) > 0,
        "grows": any(each["last"] > GROWTH * each["middle"] + 10 for each in grown)
        and result["minutes"] >= 3,
        "opens too slowly": result["open_full_room_ms"] > OPEN,
    }
    return [words for words, is_bad in checks.items() if is_bad]


def _growth(values: list[float]) -> dict[str, float]:
    third = max(1, len(values) // 3)
    parts = {"middle": values[third : 2 * third] or values, "last": values[-third:]}
    return {name: round(statistics.mean(part), 1) for name, part in parts.items()} | {
        "max": round(max(values), 1)
    }


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[18] if len(values) > 1 else float("inf")


def main() -> int:
    """Run it; return 1 when something is worse than it may be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--agents", type=int, default=20)
    parser.add_argument("--consoles", type=int, default=2)
    parser.add_argument("--rate", type=float, default=20.0, help="messages per second, of all together")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--full", type=int, default=10_000, help="messages of the room that is opened")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        relay = Relay(Path(folder), keep_messages=args.full, keep_bytes=2**30, **UNLIMITED).start()
        try:
            result = asyncio.run(measure(args, relay))
        finally:
            relay.kill()
    bad = verdict(result)
    print(json.dumps(result | {"bad": bad}))
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
