"""Ways through the chat: a task over its conversation, a command step by step, back to where one was."""

import re
from contextlib import AsyncExitStack

from playwright.async_api import Browser, expect

from clawnet import Agent
from e2e.console import Console
from e2e.desk_room import SOON, hands, relay
from e2e.proxy import Proxy
from e2e.relay import Relay
from e2e.rest import Rest
from e2e.workers import QUICK

__all__ = ["relay"]
DESKTOP = """window.told = []; window.asked = 0;
window.Notification = class { static permission = 'default';
  static async requestPermission() { window.asked += 1; return (this.permission = 'granted'); }
  constructor(title, more) { window.told.push({title, ...more}); } };"""
HIDE = "Object.defineProperty(document, 'hidden', {get: () => true})"
KEPT = "window.kept = document.querySelector('article.msg')"


async def test_a_task_opens_over_its_conversation_which_stays_as_it_is(
    console: Console, operator: Rest, relay: Relay, stack: AsyncExitStack
) -> None:
    page, worker = console.page, await hands(relay, operator, stack, "hand")
    await console.visit("/r/global")
    await console.say("/do @hand look around")
    card = page.locator(".card", has_text="look around")
    await expect(card).to_contain_text(re.compile(r"waiting 00:\d\d, expires in 1\d:\d\d"), timeout=SOON)
    need = console.at("sidebar-needs").locator("a")
    await expect(need).to_contain_text("/do look around")
    await page.evaluate(KEPT)
    await need.click()

    await expect(page).to_have_url(re.compile(r"/dashboard/r/global\?task=\w+$"))
    drawer = console.at("task-drawer")
    await drawer.get_by_role("button", name="Approve once").click()
    await drawer.get_by_role("button", name="Run", exact=True).click()
    order = await worker.taken()
    await worker.end(order, "all is well")
    await expect(drawer).to_contain_text("all is well", timeout=SOON)
    await expect(console.at("sidebar-needs")).to_have_count(0, timeout=SOON)
    await console.at("task-tab-events").click()
    await expect(console.at("task-steps")).to_contain_text("task.succeeded", timeout=SOON)
    await page.keyboard.press("Escape")
    await expect(drawer).to_have_count(0)
    await expect(page).to_have_url(re.compile(r"/dashboard/r/global$"))
    await expect(console.at(f"task-open-{order.task.id}")).to_be_focused()
    assert await page.evaluate("window.kept.isConnected"), "the conversation was not drawn anew"
    await page.go_back()
    await expect(drawer).to_contain_text("task.succeeded", timeout=SOON)


async def test_a_command_is_run_in_three_steps_of_the_palette(
    console: Console, operator: Rest, relay: Relay, stack: AsyncExitStack
) -> None:
    for name in ("one", "two"):
        await hands(relay, operator, stack, name)
    page, field = console.page, console.at("palette-input")
    await console.visit("/r/global")
    await expect(console.at("composer-input")).to_be_editable(timeout=SOON)
    await console.at("composer-input").fill("a draft")
    await page.keyboard.press("Control+k")
    chosen = console.at("palette").locator("[role=option][aria-selected=true]")
    for typed in ("/do", "one", "two", ""):
        await page.keyboard.type(typed)
        await expect(chosen).to_contain_text(typed, timeout=SOON)
        await page.keyboard.press("Enter")
    await expect(console.at("palette-steps")).to_have_text(re.compile("/do.*@one.*@two.*with what"))
    await expect(console.at("palette-option-run")).to_have_text(re.compile("Needs <text>"))
    await page.keyboard.press("Backspace")
    await page.keyboard.press("Backspace")
    await expect(console.at("palette-steps")).to_have_text(re.compile("/do.*@one.*for whom"))
    for typed in ("two", "", "tidy up"):
        await page.keyboard.type(typed)
        await page.keyboard.press("Enter")
    await expect(field).to_be_hidden()
    await expect(console.at("composer-confirm-no")).to_be_focused()
    await expect(console.at("composer-confirm")).to_contain_text("Run /do on 2 agents?")
    await console.at("composer-confirm-yes").click()
    await expect(page.locator(".card", has_text="tidy up")).to_contain_text("2 needs approval", timeout=SOON)
    await console.at("composer-input").press("ArrowUp")
    await expect(console.at("composer-input")).to_have_value("/do @one @two tidy up")
    await console.at("composer-input").press("ArrowUp")
    await expect(console.at("composer-input")).to_have_value("a draft")


async def test_a_room_is_called_otherwise_and_the_bare_address_leads_back(
    console: Console, operator: Rest
) -> None:
    page = console.page
    async with Rest(console.relay.url, await operator.enrol("reader")) as reader:
        await operator.http.post("/api/v1/rooms", json={"id": "old-name", "members": ["reader"]})
        await operator.say("read this", to_type="room", to_id="old-name")
        await console.visit("/r/old-name")
        await console.sees("read this")
        await page.locator("article.msg", has_text="read this").focus()
        await page.keyboard.press("Enter")
        await expect(console.at("msg-receipts")).to_contain_text("to 0 of 1 agent", timeout=SOON)
        await expect(console.at("msg-receipts")).to_contain_text("Not yet: @reader")
        await page.keyboard.press("Escape")
        got = (await reader.http.get("/api/v1/events?wait=0")).json()
        await reader.http.post("/api/v1/events/ack", json={"cursor": got["next"]})
        await page.keyboard.press("Enter")
        await expect(console.at("msg-receipts")).to_contain_text("to 1 of 1 agent: @reader", timeout=SOON)
        await page.keyboard.press("Escape")

    await console.at("room-manage").click()
    await console.at("room-manage-name").fill("global")
    await console.at("room-manage-save").click()
    await expect(console.at("room-manage-error")).to_contain_text("exists", timeout=SOON)
    await console.at("room-manage-name").fill("new-name")
    await console.at("room-manage-save").click()
    await expect(console.at("room-old-name")).to_contain_text("new-name", timeout=SOON)
    await expect(console.at("composer-input")).to_have_attribute("placeholder", "Message #new-name")

    await console.visit("")
    await expect(page).to_have_url(re.compile(r"/dashboard/r/old-name$"))
    await console.sees("read this")
    await operator.http.delete("/api/v1/rooms/old-name")
    await console.visit("")
    await expect(page).to_have_url(re.compile(r"/dashboard$"))
    await expect(console.at("composer-input")).to_have_attribute("placeholder", "Message #global")


async def test_who_spoke_last_and_what_is_used_most_is_offered_first(
    console: Console, operator: Rest, relay: Relay
) -> None:
    page, options = console.page, console.at("composer-menu").get_by_role("option")
    aaron = Agent(relay.url, token=await operator.enrol("aaron"), pace=QUICK)
    async with Rest(relay.url, await operator.enrol("zoe")) as zoe:
        await zoe.say("I was here")
    await console.visit("/r/global")
    await console.sees("I was here")
    async with aaron:
        await expect(console.at("happened")).to_contain_text("aaron came online", timeout=SOON)
    await expect(console.at("happened")).to_contain_text(
        "aaron came online, aaron went offline", timeout=SOON
    )
    await console.at("composer-input").press_sequentially("@")
    await expect(options.first).to_contain_text(re.compile("@zoe.*spoke at"))
    await expect(console.at("composer-option-online")).to_be_visible()
    await console.at("composer-input").fill("")
    await console.at("composer-input").press_sequentially("/")
    await expect(console.at("composer-option-ask")).to_be_visible()
    await expect(console.at("composer-option-cron")).to_have_count(0)
    await page.keyboard.press("End")
    await expect(options.last).to_contain_text(re.compile(r"Show \d+ more"))
    await page.keyboard.press("Enter")
    await expect(console.at("composer-option-cron")).to_be_visible()


async def test_a_session_says_in_time_that_it_ends(relay: Relay, operator: Rest, browser: Browser) -> None:
    token = (
        await operator.http.post("/api/v1/tokens", json={"agent_id": "operator", "lifetime": 100})
    ).json()
    late = Console(await browser.new_page(), relay)
    await late.sign_in(token["secret"])

    await expect(late.at("session-ending")).to_contain_text("Your session ends at", timeout=SOON)
    await late.at("session-renew").click()
    await expect(late.at("login-card")).to_contain_text("Your session ends soon.")
    await late.page.keyboard.press("Escape")
    await expect(late.at("session-renew")).to_be_focused()
    await late.at("session-renew").click()
    await late.at("login-token").fill(relay.token)
    await late.at("login-submit").click()
    await expect(late.at("login-card")).to_be_hidden(timeout=SOON)
    await expect(late.at("composer-input")).to_be_editable(timeout=SOON)
    await expect(late.at("session-ending")).to_have_count(0)


async def test_a_room_that_is_slow_to_come_leaves_nothing_of_the_one_before(
    relay: Relay, operator: Rest, browser: Browser
) -> None:
    for room in ("here", "there"):
        await operator.http.post("/api/v1/rooms", json={"id": room})
        await operator.say(f"said {room}", to_type="room", to_id=room)
    async with Proxy(relay.port) as proxy:
        page = await browser.new_page()
        console = Console(page, relay)
        await page.goto(f"{proxy.url}/login?next=/dashboard/r/here#{relay.token}")
        await console.sees("said here")
        await console.at("composer-input").fill("for here alone")
        proxy.delay = 1.0
        await console.at("room-there").click()

        await expect(console.at("timeline-loading")).to_be_visible()
        await expect(console.at("composer-input")).not_to_be_editable()
        await expect(console.at("composer-input")).to_have_value("")
        await console.sees("said there")
        proxy.delay = 0.0
        await expect(console.at("timeline-loading")).to_have_count(0)
        await expect(console.at("composer-input")).to_be_editable()
        await console.at("room-here").click()
        await expect(console.at("composer-input")).to_have_value("for here alone")
        await page.close()


async def test_the_desktop_is_told_only_when_allowed_and_nobody_looks(
    relay: Relay, operator: Rest, browser: Browser
) -> None:
    await operator.enrol("absent")
    console = Console(await browser.new_page(), relay)
    await console.page.add_init_script(DESKTOP)
    await console.sign_in()
    await console.page.evaluate(HIDE)
    await operator.say("/do @absent one")
    await expect(console.at("sidebar-needs")).to_contain_text("/do one", timeout=SOON)
    await console.at("needs-you").click()
    await console.at("needs-desktop").click()
    await expect(console.at("needs-desktop")).to_have_count(0)
    await operator.say("/do @absent two")
    await console.page.wait_for_function("window.told.length > 0", timeout=SOON)

    told = await console.page.evaluate("window.told")
    assert [each["title"] for each in told] == ["Needs approval: /do two"]
    assert await console.page.evaluate("window.asked") == 1
    assert console.complaints == []


async def test_a_command_is_pinned_and_the_list_is_made_wider(console: Console) -> None:
    page = console.page
    await console.at("pin-command").click()
    await page.keyboard.type("/status @online")
    await page.keyboard.press("Enter")
    await page.reload()
    await console.at("pinned-/status @online").click()
    await expect(console.at("composer-input")).to_have_value("/status @online ")
    await console.at("sidebar-width").focus()
    await page.keyboard.press("ArrowRight")
    await expect(console.at("sidebar-width")).to_have_attribute("aria-valuenow", "264")
    await page.reload()
    await expect(console.at("sidebar-width")).to_have_attribute("aria-valuenow", "264")
    box = await console.at("sidebar").bounding_box()
    assert box is not None
    assert box["width"] == 264
