"""The operator's browser: sign in, open a room, say something, and see an agent answer."""

from contextlib import AsyncExitStack
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from clawnet import Agent
from e2e.console import Console
from e2e.forks import ROOT
from e2e.relay import Relay
from e2e.rest import Rest
from protocol.messages import Message
from protocol.payloads import TextPayload

EVIDENCE = ROOT / "evidence"


async def test_a_message_appears_in_every_browser_and_an_agent_answers(
    relay: Relay, operator: Rest, browser: Browser, stack: AsyncExitStack
) -> None:
    token = await operator.enrol("echo")
    agent = await stack.enter_async_context(Agent(relay.url, token=token))
    await agent.create_room("alpha")

    @agent.on_message
    async def answer(message: Message) -> None:
        if isinstance(message.payload, TextPayload) and message.from_id != agent.id:
            await agent.send(message.room, f"echo: {message.payload.text}")

    one, other = [Console(await browser.new_page(), relay) for _ in range(2)]
    for console in (one, other):
        await console.sign_in()
        await console.page.get_by_test_id("room-alpha").click()
        await expect(console.page.get_by_test_id("composer-input")).to_be_editable()

    await one.say("ping")

    for console in (one, other):
        await console.sees("ping")
        await console.sees("echo: ping")
    await _keep(one.page, "chat-alpha.png")
    assert one.complaints == other.complaints == []
    navigations = [url for url in one.requests if "/dashboard" in url]
    assert len(navigations) == 1, "the answer came without a reload"


async def test_nothing_is_loaded_from_elsewhere(relay: Relay, browser: Browser) -> None:
    console = Console(await browser.new_page(), relay)

    await console.sign_in()

    hosts = {url.split("/")[2] for url in console.requests if not url.startswith("data:")}
    assert hosts == {relay.url.split("/")[2]}


async def test_a_wrong_token_is_told_so_and_opens_nothing(relay: Relay, browser: Browser) -> None:
    page = await browser.new_page()

    await page.goto(f"{relay.url}/dashboard")
    await page.get_by_test_id("login-token").fill("clw_nobody_nothing")
    await page.get_by_test_id("login-submit").click()

    await expect(page.get_by_test_id("login-error")).to_contain_text("not valid")
    await page.goto(f"{relay.url}/dashboard")
    await expect(page.get_by_test_id("login-form")).to_be_visible()


async def test_messages_sent_while_the_link_is_down_are_delivered_once_and_in_order(
    relay: Relay, operator: Rest, browser: Browser
) -> None:
    console = Console(await browser.new_page(), relay)
    await console.sign_in()
    # Before its room is there a console has nothing to write to.
    await expect(console.page.get_by_test_id("composer-input")).to_be_editable()

    await console.page.context.set_offline(True)
    await expect(console.page.get_by_test_id("conn-banner")).to_be_visible(timeout=5_000)
    for number in range(3):
        await console.say(f"offline {number}")
    await expect(console.page.locator("[data-state=pending]")).to_have_count(3)
    await console.page.context.set_offline(False)

    await expect(console.page.locator("[data-state=pending]")).to_have_count(0, timeout=30_000)
    said = [item["payload"]["text"] for item in await operator.history()]
    assert said == ["offline 0", "offline 1", "offline 2"]


async def test_the_page_fits_a_phone(relay: Relay, browser: Browser) -> None:
    context = await browser.new_context(viewport={"width": 360, "height": 740})
    console = Console(await context.new_page(), relay)

    await console.sign_in()

    width = await console.page.evaluate("document.documentElement.scrollWidth")
    box = await console.page.get_by_test_id("composer-input").bounding_box()
    await _keep(console.page, "chat-phone.png")
    assert width <= 360
    assert box is not None
    assert box["y"] + box["height"] <= 740


async def _keep(page: Page, name: str) -> None:
    EVIDENCE.mkdir(exist_ok=True)
    await page.screenshot(path=Path(EVIDENCE) / name)
