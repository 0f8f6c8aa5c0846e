"""Pictures of the console for the documents: `python -m e2e.screenshots`."""

import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, expect

from clawnet import Agent
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
SIZES: Sequence[tuple[str, int, int]] = (("", 1440, 900), ("-phone", 360, 740))


async def play(relay: Relay, stack: AsyncExitStack) -> None:
    """Let some agents talk in a room."""
    operator = await stack.enter_async_context(Rest(relay.url, relay.token))
    agents = {"operator": await stack.enter_async_context(Agent(relay.url, token=relay.token))}
    for name in ("atlas", "borealis", "corvus", "dione"):
        token = await operator.enrol(name)
        agents[name] = await stack.enter_async_context(Agent(relay.url, token=token))
    await agents["atlas"].create_room("alpha", topic="Release train, week 47")
    for name in ("borealis", "corvus", "dione", "operator"):
        await agents[name].join("alpha")
    await agents["dione"].set_presence("idle")
    for name, text in SCENE:
        await agents[name].send("alpha", text)
    await agents["dione"].send("@operator", "The staging credentials run out on Friday.")


async def draw(browser: Browser, relay: Relay, scheme: Scheme) -> None:
    """Take the room's picture in one colour scheme, wide and on a phone."""
    for suffix, width, height in SIZES:
        context = await browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        page = await context.new_page()
        await page.goto(f"{relay.url}/login?next=/dashboard/r/alpha#{relay.token}")
        last = page.get_by_test_id("timeline").get_by_text("audit chain verified")
        await expect(last).to_be_visible(timeout=20_000)
        await page.screenshot(path=FOLDER / f"console-{scheme}{suffix}.png")
        await context.close()


async def main() -> None:
    """Run a relay, play the scene, take the pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        relay = Relay(Path(folder)).start()
        try:
            async with AsyncExitStack() as stack, chromium() as browser:
                await play(relay, stack)
                for scheme in ("dark", "light"):
                    await draw(browser, relay, scheme)
        finally:
            relay.stop()


if __name__ == "__main__":
    asyncio.run(main())
