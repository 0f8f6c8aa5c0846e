"""The chat beyond saying something: found again, pointed at, taken back, put aside; rooms are managed."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from e2e.console import Console
from e2e.relay import Relay
from e2e.rest import Rest

SOON = 15_000


@pytest.fixture
async def console(relay: Relay, operator: Rest, browser: Browser) -> AsyncIterator[Console]:
    """Return the operator's tab in a room with somebody else, in which nothing may go wrong."""
    async with Rest(relay.url, await operator.enrol("ann")) as ann:
        await operator.http.post("/api/v1/rooms", json={"id": "alpha", "topic": "first", "members": ["ann"]})
        await ann.say("the needle is here", to_type="room", to_id="alpha")
        for number in range(250):
            await ann.say(f"hay {number}", to_type="room", to_id="alpha")
    context = await browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    opened = Console(await context.new_page(), relay)
    await opened.sign_in()
    await opened.visit("/r/alpha")
    await opened.sees("hay 249")
    yield opened
    assert opened.complaints == []


async def test_a_message_is_found_and_jumped_to_and_its_link_leads_there_again(console: Console) -> None:
    page = console.page
    await console.at("timeline").focus()
    await page.keyboard.press("/")
    await page.keyboard.type("NEEDLE")
    await page.keyboard.press("Enter")
    await expect(console.at("room-search-said")).to_have_text("1 found, newest first", timeout=SOON)
    await expect(console.at("room-search-hits").locator("mark")).to_have_text("needle")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")

    await console.sees("the needle is here")
    needle = page.locator("article.msg", has_text="the needle is here")
    await expect(needle).to_be_focused()
    await expect(needle).to_be_in_viewport()
    await expect(page).to_have_url(re.compile(r"/r/alpha\?m=\w+$"))
    await page.keyboard.press("y")
    await expect(console.at("toast")).to_contain_text("The link is copied.")
    assert await page.evaluate("navigator.clipboard.readText()") == page.url

    await expect(console.at("jump-latest")).to_contain_text("Back to latest")
    await page.reload()
    await expect(needle).to_be_focused(timeout=SOON)
    await console.at("jump-latest").click()
    await console.sees("hay 249")
    await expect(page).to_have_url(re.compile(r"/r/alpha$"))

    await console.visit("/r/alpha?m=no-such-message")
    await expect(console.at("timeline-lost")).to_contain_text("no longer stored", timeout=SOON)
    await console.sees("hay 249")


async def test_a_message_is_marked_unread_answered_and_removed(console: Console) -> None:
    page = console.page
    last = page.locator("article.msg").last
    await last.hover()
    await page.keyboard.press("Escape")
    await last.focus()
    await page.keyboard.press("r")
    await expect(console.at("composer-input")).to_have_value("@ann ")
    await console.at("composer-input").fill("")

    await page.locator("article.msg", has_text="hay 245").focus()
    await page.keyboard.press("Shift+U")
    await expect(console.at("new-line")).to_be_visible()
    await expect(console.at("room-unread-alpha")).to_contain_text("5", timeout=SOON)
    await page.keyboard.press("Shift+Escape")
    await expect(console.at("room-unread-alpha")).to_have_count(0, timeout=SOON)
    await console.at("toast-undo").click()
    await expect(console.at("room-unread-alpha")).to_contain_text("5", timeout=SOON)

    await last.hover()
    await page.locator("button[data-testid^=msg-redact-]").click()
    await console.at("msg-redact-reason").fill("it was wrong")
    await console.at("msg-redact-do").click()
    await expect(last).to_contain_text("Message removed by operator", timeout=SOON)
    await expect(last).to_contain_text("it was wrong")


async def test_a_room_is_managed_from_its_details(console: Console, operator: Rest) -> None:
    page = console.page
    await operator.enrol("bob")
    await console.at("room-invite").fill("nobody")
    await page.keyboard.press("Enter")
    await expect(console.at("room-error")).to_have_text("There is no agent called nobody.")
    await console.at("room-invite").fill("bob")
    await page.keyboard.press("Enter")
    await expect(console.at("member-bob")).to_be_visible(timeout=SOON)
    await console.at("member-bob").hover()
    await console.at("member-remove-bob").click()
    await console.at("confirm-yes").click()
    await expect(console.at("member-bob")).to_have_count(0, timeout=SOON)

    await console.at("room-manage").click()
    await console.at("room-manage-topic").fill("second")
    await console.at("room-manage-save").click()
    await expect(console.at("room-header")).to_contain_text("second", timeout=SOON)
    await expect(console.at("room-manage")).to_be_focused()
    await console.at("room-lately").click()
    await expect(console.at("room-activity")).to_contain_text("put out @bob", timeout=SOON)

    await console.at("room-manage").click()
    await console.at("room-archive").click()
    await expect(console.at("composer-notice")).to_contain_text("This room is archived.", timeout=SOON)
    await expect(console.at("room-alpha")).to_have_count(0)
    await console.at("composer-unarchive").click()
    await expect(console.at("room-alpha")).to_be_visible(timeout=SOON)

    await console.at("room-manage").click()
    await expect(console.at("room-manage-dialog")).to_contain_text("251 messages")
    await console.at("room-delete-name").fill("alpha")
    await console.at("room-delete").click()
    await expect(page).to_have_url(re.compile(r"/dashboard$"), timeout=SOON)
    await expect(console.at("room-alpha")).to_have_count(0)


async def test_everything_is_reached_by_name_and_by_key(console: Console) -> None:
    page = console.page
    await page.keyboard.press("Control+k")
    await page.keyboard.type("/who")
    await page.keyboard.press("Enter")
    await expect(console.at("palette-option-run")).to_contain_text("Run /who")
    await page.keyboard.press("Enter")
    await expect(console.at("timeline")).to_contain_text("ann", timeout=SOON)

    await page.keyboard.press("Control+k")
    await page.keyboard.type("hay 24")
    await page.keyboard.press("Enter")
    await expect(console.at("room-search-hits").locator("li")).to_have_count(13, timeout=SOON)
    await page.keyboard.press("Escape")

    await console.at("timeline").focus()
    await page.keyboard.press("m")
    await expect(console.at("toast")).to_contain_text("muted")
    await console.at("toast-undo").click()
    await page.keyboard.press("Alt+ArrowUp")
    await expect(page).to_have_url(re.compile(r"/r/global$"))
    await expect(console.at("composer-input")).to_have_attribute("placeholder", "Message #global")
    await page.keyboard.press("Escape")
    await console.at("room-global").focus()
    await page.keyboard.press("ArrowDown")
    await expect(console.at("room-alpha")).to_be_focused()
    await console.at("room-menu-alpha").press("Enter")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("ArrowUp")
    await expect(console.at("row-menu-details")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(console.at("room-menu-alpha")).to_be_focused()
    for keys, path in (("go", "ops"), ("gs", "settings"), ("gc", "r/global")):
        for key in keys:
            await page.keyboard.press(key)
        await expect(page).to_have_url(re.compile(f"/dashboard/{path}$"))
    await expect(console.at("composer-input")).to_be_editable()
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await expect(console.at("help")).to_be_visible()
    await console.at("keys-single").uncheck()
    await page.keyboard.press("Escape")
    await console.at("timeline").focus()
    await page.keyboard.type("gone on")
    await expect(console.at("composer-input")).to_have_value("gone on")


async def test_a_room_is_made_with_its_members_and_a_taken_name_is_said(console: Console) -> None:
    await console.at("new-room").click()
    await console.at("room-name").fill("alpha")
    await expect(console.at("room-create-dialog")).to_contain_text("The name alpha is taken.", timeout=SOON)
    await console.at("room-name").fill("beta")
    await console.at("room-members").fill("@ann")
    await console.page.keyboard.press("Enter")

    await expect(console.page).to_have_url(re.compile(r"/r/beta$"), timeout=SOON)
    await expect(console.at("member-ann")).to_be_visible(timeout=SOON)
    await expect(console.at("timeline-empty")).to_contain_text("No messages yet.")


async def test_a_console_that_cannot_start_says_so(relay: Relay, browser: Browser) -> None:
    page = await browser.new_page()
    await page.goto(f"{relay.url}/login#{relay.token}")
    await expect(page.get_by_test_id("timeline")).to_be_visible(timeout=SOON)
    await page.clock.install()
    await page.route("**/static/vue*", lambda route: route.abort())
    await page.goto(f"{relay.url}/dashboard")
    await page.clock.fast_forward(20_000)

    await expect(page.get_by_test_id("start-failed")).to_contain_text("The console could not start.")
