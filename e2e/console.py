"""The operator's tab in a real browser, as the tests of the console use it."""

from playwright.async_api import Locator, Page, expect

from e2e.relay import Relay


class Console:
    """One operator's tab, which fails the test when the page complains."""

    def __init__(self, page: Page, relay: Relay) -> None:
        self.page = page
        self.relay = relay
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)
        page.on("request", lambda request: self.requests.append(request.url))

    async def sign_in(self, token: str | None = None) -> None:
        """Follow the link that the relay prints, or one with another operator's token."""
        await self.page.goto(f"{self.relay.url}/login#{token or self.relay.token}")
        await expect(self.page.get_by_test_id("timeline")).to_be_visible(timeout=20_000)

    async def visit(self, path: str) -> None:
        """Load a page under /dashboard."""
        await self.page.goto(f"{self.relay.url}/dashboard{path}")

    def at(self, name: str) -> Locator:
        """Return what has a name for tests."""
        return self.page.get_by_test_id(name)

    async def fits(self) -> bool:
        """Tell whether nothing makes the page scroll sideways."""
        return bool(await self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))

    async def say(self, text: str) -> None:
        """Type a message and press Enter."""
        await self.page.get_by_test_id("composer-input").fill(text)
        await self.page.keyboard.press("Enter")

    async def sees(self, text: str) -> None:
        """Wait until the timeline shows a message."""
        timeline = self.page.get_by_test_id("timeline")
        await expect(timeline.get_by_text(text, exact=True)).to_be_visible(timeout=10_000)
