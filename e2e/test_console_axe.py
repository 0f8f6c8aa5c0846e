"""No view of the console has a fault that axe finds, in any theme, wide or on a phone.

axe-core is taken from `node_modules`. A phone has the colours of a desk, so other themes are looked at on a
phone only by `make bars`, which sets `CLAWNET_BARS`.
"""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from e2e import screenshots
from e2e.bars.measure import note
from e2e.conftest import StartRelay
from e2e.console import Console
from e2e.forks import ROOT

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OTHER_THEMES: tuple[dict[str, Any], ...] = (
    {"color_scheme": "dark", "contrast": "more"},
    {"color_scheme": "light", "contrast": "no-preference"},
)


@dataclass(frozen=True)
class Overlay:
    """Something that opens over the chat: by which keys or clicks, what it is then, each in its order."""

    name: str
    steps: tuple[str, ...]


# A step is a key to press; after a dot the name of what is clicked, a colon what is typed, a ? what comes,
# a > what is clicked by its place, a ~ what is clicked if it is there.
OVERLAYS = (
    Overlay("palette", ("Control+k", ":re")),
    Overlay("help", ("Control+/",)),
    Overlay("notices-panel", (".user-menu", ".open-notices")),
    Overlay("room-create-dialog", (".open-sidebar", ".new-room")),
    Overlay("row-menu", (".open-sidebar", ".room-menu-alpha")),
    Overlay("room-search", (".room-search-toggle", ":shard", "Enter", "?room-search-hits")),
    Overlay("composer-menu", (".composer-input", ":/r")),
    Overlay("needs-list", (".needs-you",)),
    Overlay("composer-confirm", (".composer-input", ":/new @all", "Enter")),
    Overlay("room-panel", (".room-panel-toggle",)),
    Overlay("palette-steps", ("Control+k", ":/do", "Enter", ":atl")),
    Overlay("room-manage-dialog", ("~[data-panel=false] [data-testid=room-panel-toggle]", ".room-manage")),
    Overlay("msg-details", (">article[data-kind=text] .body p", "Enter", "?msg-receipts")),
    Overlay("task-drawer", (">.card .acts a",)),
)


async def faults(page: Page, *, only: str | None = None, inside: str = "") -> list[tuple[str, str]]:
    """Return what axe finds, by one rule or by all: the rule, and the first element that breaks it."""
    if not await page.evaluate("Boolean(window.axe)"):
        await page.evaluate(_script())
    rules = {"type": "rule", "values": [only]} if only else {"type": "tag", "values": TAGS}
    found = await page.evaluate(
        "([rules, inside]) => axe.run(inside || document, { runOnly: rules, resultTypes: ['violations'] })",
        [rules, inside],
    )
    return [(each["id"], each["nodes"][0]["html"][:300]) for each in found["violations"]]


def _script() -> str:
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(params=[360, 768, 1440] if "CLAWNET_BARS" in os.environ else [360, 1440])
async def console(
    start_relay: StartRelay, browser: Browser, stack: AsyncExitStack, request: pytest.FixtureRequest
) -> AsyncIterator[Console]:
    """Return an operator's tab, as wide as a phone or a desk, in a scene with something of everything."""
    relay = start_relay(**screenshots.LIMITS)
    await screenshots.play(relay, stack)
    # axe is evaluated in the page, which the console's own policy would not let a stranger do.
    viewport = {"width": request.param, "height": 800}
    context = await browser.new_context(viewport=viewport, bypass_csp=True)  # type: ignore[arg-type]
    opened = Console(await context.new_page(), relay)
    await opened.page.emulate_media(color_scheme="dark", contrast="no-preference")
    await opened.sign_in()
    yield opened
    assert opened.complaints == []


async def test_no_view_has_a_fault_in_any_theme(console: Console) -> None:
    views = [view for view in screenshots.VIEWS if not (view.wide and _width(console) == "360 px")]
    for view in views:
        await screenshots.show(console.page, console.relay, view)
        await _look(console.page, view.name)
        assert await console.fits(), view.name
    note("B4", f"{len(views)} views, {_width(console)}: 0 faults")


async def test_no_overlay_has_a_fault_in_any_theme(console: Console) -> None:
    await console.visit("/r/alpha")
    await expect(console.at("composer-input")).to_be_editable(timeout=20_000)
    for overlay in OVERLAYS:
        await _open(console, overlay)
        await _look(console.page, overlay.name, inside=f"[data-testid={overlay.name}]")
        for key in ("Escape", "Escape"):
            await console.page.keyboard.press(key)
        await console.at("composer-input").fill("")
    assert console.complaints == []
    await console.page.context.set_offline(True)
    await console.at("conn-banner").wait_for()
    await _look(console.page, "offline")
    await console.page.context.set_offline(False)
    console.complaints.clear()  # the browser says of each request that the network is gone
    note("B4", f"{len(OVERLAYS) + 1} overlays, {_width(console)}: 0 faults")


def _is_wide(page: Page) -> bool:
    size = page.viewport_size
    return size is not None and size["width"] > 1000


def _width(console: Console) -> str:
    size = console.page.viewport_size
    return f"{size['width']} px" if size else ""


async def _open(console: Console, overlay: Overlay) -> None:
    steps = () if await console.at(overlay.name).is_visible() else overlay.steps
    for step in steps:
        if step[0] in ">~":
            target = console.page.locator(step[1:]).first
            if step[0] == ">" or await target.is_visible():
                await target.click()
        elif step.startswith("?"):
            await expect(console.at(step[1:])).to_be_visible()
        elif step.startswith("."):
            target = console.at(step[1:])
            if await target.is_visible() or step != ".open-sidebar":
                await target.click()
        elif step.startswith(":"):
            await console.page.keyboard.type(step[1:])
        else:
            await console.page.keyboard.press(step)
    await expect(console.at(overlay.name)).to_be_visible()


async def _look(page: Page, name: str, inside: str = "") -> None:
    assert await faults(page, inside=inside) == [], name
    for theme in OTHER_THEMES if _is_wide(page) or "CLAWNET_BARS" in os.environ else ():
        await page.emulate_media(**theme)
        # A theme changes colours and nothing else.
        assert await faults(page, only="color-contrast", inside=inside) == [], (name, theme)
    await page.emulate_media(color_scheme="dark", contrast="no-preference")
