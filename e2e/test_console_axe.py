"""No view of the console has a fault that axe finds, in any theme, wide or on a phone.

axe-core is taken from `node_modules`.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from e2e import screenshots
from e2e.browser import chromium
from e2e.conftest import StartRelay
from e2e.console import Console
from e2e.relay import ROOT

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
THEMES: tuple[dict[str, Any], ...] = (
    {"color_scheme": "dark", "contrast": "more"},
    {"color_scheme": "light", "contrast": "no-preference"},
    {"color_scheme": "dark", "contrast": "no-preference"},
)


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


@pytest.mark.parametrize("width", [360, 1440])
async def test_no_view_has_a_fault_in_any_theme(
    start_relay: StartRelay, browser: Browser, stack: AsyncExitStack, width: int
) -> None:
    relay = start_relay(**screenshots.LIMITS)
    await screenshots.play(relay, stack)
    # axe is evaluated in the page, which the console's own policy would not let a stranger do.
    context = await browser.new_context(viewport={"width": width, "height": 800}, bypass_csp=True)
    console = Console(await context.new_page(), relay)
    await console.sign_in()

    for view in screenshots.VIEWS:
        await screenshots.show(console.page, relay, view)
        for theme in THEMES:
            await console.page.emulate_media(**theme)
            assert await faults(console.page) == [], (view.name, theme)
        assert await console.fits(), view.name
    assert console.complaints == []
