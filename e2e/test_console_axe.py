"""No view of the console has a fault that axe finds, in any theme, wide or on a phone.

axe-core is taken from `node_modules`, or from the file that AXE_CORE names; without it nothing can be asked.
"""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from e2e import screenshots
from e2e.browser import chromium
from e2e.conftest import StartRelay
from e2e.console import Console
from e2e.relay import ROOT

AXE = Path(os.environ.get("AXE_CORE", ROOT / "node_modules" / "axe-core" / "axe.min.js"))
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
THEMES: tuple[dict[str, Any], ...] = (
    {"color_scheme": "dark"},
    {"color_scheme": "light"},
    {"color_scheme": "dark", "contrast": "more"},
)

pytestmark = pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Return a browser with no history."""
    async with chromium() as opened:
        yield opened


async def faults(page: Page) -> list[tuple[str, str]]:
    """Return what axe finds: the rule, and the first element that breaks it."""
    await page.evaluate(_script())
    found = await page.evaluate(
        "(tags) => axe.run(document, { runOnly: tags, resultTypes: ['violations'] })", TAGS
    )
    return [(each["id"], each["nodes"][0]["html"][:120]) for each in found["violations"]]


def _script() -> str:
    return AXE.read_text(encoding="utf-8")


@pytest.mark.parametrize("theme", THEMES, ids=["dark", "light", "contrast"])
@pytest.mark.parametrize("width", [360, 1440])
async def test_no_view_has_a_fault(
    start_relay: StartRelay, browser: Browser, stack: AsyncExitStack, theme: dict[str, Any], width: int
) -> None:
    relay = start_relay(**screenshots.LIMITS)
    await screenshots.play(relay, stack)
    # axe is evaluated in the page, which the console's own policy would not let a stranger do.
    context = await browser.new_context(viewport={"width": width, "height": 800}, bypass_csp=True, **theme)
    console = Console(await context.new_page(), relay)
    await console.sign_in()

    for view in screenshots.VIEWS:
        await screenshots.show(console.page, relay, view)
        assert await faults(console.page) == [], view.name
        assert await console.fits(), view.name
    assert console.complaints == []
