"""The browser of the tests: the system's Chromium, or else Playwright's own."""

import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
# Nothing of the browser's own may reach out: the tests watch for foreign requests.
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def installed() -> str | None:
    """Return the path of the system's browser, if there is one."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run a browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=installed(), args=_ARGUMENTS)
        yield browser
        await browser.close()


async def _own_path() -> Path:
    async with async_playwright() as playwright:
        return Path(playwright.chromium.executable_path)


if __name__ == "__main__":
    import asyncio

    sys.exit(0 if installed() or asyncio.run(_own_path()).exists() else 1)
