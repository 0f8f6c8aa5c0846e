"""Tasks in a real browser: asked for by keyboard, seen to run and end in place, approved, stopped, listed."""

import re
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Browser, Locator, expect

from clawnet import ClawNetError
from e2e.console import Console
from e2e.desk_room import SOON, hands
from e2e.relay import Relay
from e2e.rest import Rest
from e2e.workers import Worker

EVIL = "<img src=x onerror=alert(1)>{{ 7 * 7 }}\u202e"


@pytest.fixture
async def console(console: Console) -> Console:
    """Return the operator's tab, in which something can be said."""
    await expect(console.at("composer-input")).to_be_editable()
    return console


def cards(console: Console) -> Locator:
    """Return the cards in the chat."""
    return console.at("timeline").locator(".card")


async def test_a_command_by_keyboard_becomes_a_card_that_runs_and_ends_in_place(
    relay: Relay, operator: Rest, console: Console, stack: AsyncExitStack
) -> None:
    ann = await hands(relay, operator, stack, "ann")
    loaded = len(console.requests)

    await console.at("composer-input").press_sequentially("/sta")
    await expect(console.at("composer-option-status")).to_have_attribute("aria-selected", "true")
    await console.page.keyboard.press("Tab")
    await expect(console.at("composer-input")).to_have_value("/status ")
    await expect(console.at("composer-hint")).to_contain_text("Report version, health and load")
    await console.page.keyboard.press("Enter")

    order = await ann.taken()
    card = console.at(f"task-{order.task.id}")
    await expect(card).to_have_attribute("data-state", "running", timeout=SOON)
    await card.evaluate("card => (window.card = card, card.querySelector('a').focus())")
    await ann.agent.task_progress(order.task.id, order.lease, text="shard 5 of 8", percent=63)
    await expect(console.at(f"task-output-{order.task.id}")).to_have_text("shard 5 of 8")
    await expect(card.locator("progress")).to_have_js_property("value", 63)
    await ann.end(order, output="cpu 3 %\n" + EVIL)

    await expect(card).to_have_attribute("data-state", "succeeded", timeout=SOON)
    shown = await console.at(f"task-output-{order.task.id}").inner_text()
    assert shown == "cpu 3 %\n<img src=x onerror=alert(1)>{{ 7 * 7 }}⟨U+202E⟩"
    await expect(cards(console)).to_have_count(1)
    kept = "card.isConnected && card.dataset.state === 'succeeded' && card.contains(document.activeElement)"
    assert await console.page.evaluate(kept)
    assert await console.page.locator("[data-state=pending]").count() == 0
    assert not [url for url in console.requests[loaded:] if "/dashboard" in url]


async def test_an_ended_task_is_run_again_once(
    relay: Relay, operator: Rest, console: Console, stack: AsyncExitStack
) -> None:
    ann = await hands(relay, operator, stack, "ann")
    await console.say("/status @ann")
    first = await ann.taken()
    await ann.end(first, "no such thing", "failed")

    await expect(console.at(f"task-retry-{first.task.id}")).to_have_text("Retry", timeout=SOON)
    await console.at(f"task-retry-{first.task.id}").focus()
    await console.page.keyboard.press("Enter")
    second = await ann.taken()
    await ann.end(second)

    assert second.task.retry_of == first.task.id
    await expect(console.at(f"task-{second.task.id}")).to_have_attribute("data-state", "succeeded")
    await expect(cards(console)).to_have_count(2)


async def test_a_running_task_is_cancelled_only_when_its_agent_has_said_so(
    relay: Relay, operator: Rest, console: Console, stack: AsyncExitStack
) -> None:
    ann = await hands(relay, operator, stack, "ann")
    ann.stops = False
    await console.say("/ask @ann for ever")
    order = await ann.taken()
    card = console.at(f"task-{order.task.id}")
    await expect(card).to_have_attribute("data-state", "running", timeout=SOON)

    await console.at(f"task-cancel-{order.task.id}").focus()
    await console.page.keyboard.press("Enter")
    await expect(console.at(f"task-sure-{order.task.id}")).to_be_focused()
    await console.page.keyboard.press("Enter")
    await expect(card).to_have_attribute("data-state", "cancelling")
    await expect(card).to_contain_text("the agent has not confirmed")

    await ann.agent.task_result(order.task.id, order.lease, "cancelled")
    await expect(card).to_have_attribute("data-state", "cancelled", timeout=SOON)
    await expect(console.at(f"task-retry-{order.task.id}")).to_have_text("Run again")


async def test_a_risky_command_waits_is_approved_and_runs(
    relay: Relay, operator: Rest, console: Console, stack: AsyncExitStack
) -> None:
    ann = await hands(relay, operator, stack, "ann")
    for text in ("/do @ann wipe the disk", "/do @ann look around"):
        await console.say(text)
    await expect(cards(console)).to_have_count(2, timeout=SOON)
    await expect(console.at("needs-you")).to_have_attribute("data-count", "2")

    await expect(cards(console).first).to_contain_text("matches the risky rule")
    await cards(console).first.locator("xpath=ancestor::article").focus()
    await console.page.keyboard.press("d")
    await console.page.keyboard.press("Enter")
    await expect(cards(console).first).to_have_attribute("data-state", "denied")

    await console.page.keyboard.press("Escape")
    await console.page.keyboard.press("u")
    await console.page.keyboard.press("Enter")
    await expect(console.at("task-drawer")).to_be_focused(timeout=SOON)
    await console.page.keyboard.press("a")
    await console.page.keyboard.press("Enter")
    order = await ann.taken()
    assert order.task.args == ["look around"]
    await ann.end(order, output="seen")
    await expect(console.at("task-output")).to_have_text("seen", timeout=SOON)
    await expect(console.at("needs-you")).to_have_attribute("data-count", "0")


async def test_a_wrong_command_comes_back_with_the_reason(console: Console, operator: Rest) -> None:
    await operator.enrol("ann")
    await console.say("/statsu")

    await expect(console.at("composer-refusal")).to_contain_text("did you mean /status?")
    await expect(console.at("composer-input")).to_have_value("/statsu")
    await expect(console.page.locator("[data-state=pending], [data-state=failed]")).to_have_count(0)
    await console.at("composer-as-text").click()
    await console.sees("/statsu")

    await console.say("/who")
    await expect(console.at("aside")).to_contain_text("ann")
    assert [each["payload"]["text"] for each in await operator.history()] == ["/statsu"]


async def test_a_change_for_several_is_counted_and_asked_for_again(
    relay: Relay, operator: Rest, console: Console, stack: AsyncExitStack
) -> None:
    workers = [await hands(relay, operator, stack, name) for name in ("ann", "bob")]
    await operator.enrol("eve")
    field = console.at("composer-input")
    await field.press_sequentially("/new @al")
    await expect(console.at("composer-option-all")).to_contain_text("3 agents")
    await console.page.keyboard.press("Enter")
    await console.page.keyboard.press("Enter")

    await expect(console.at("composer-confirm")).to_contain_text("Run /new on 3 agents?")
    await expect(console.at("composer-confirm-no")).to_be_focused()
    await console.page.keyboard.press("Enter")
    await expect(field).to_have_value("/new @all ")
    await expect(field).to_be_focused()
    await console.page.keyboard.press("Enter")
    await expect(console.at("composer-confirm-yes")).to_have_text("Run on 3 agents")
    await console.at("composer-confirm-yes").focus()
    await console.page.keyboard.press("Enter")

    below = cards(console).locator("xpath=following::*[@data-testid='aside']")
    await expect(below).to_contain_text("@eve")
    for worker in workers:
        await worker.end(await worker.taken(), output="began")
    group = cards(console)
    await expect(group).to_have_count(1)
    await expect(group).to_contain_text("on 3 agents")
    await expect(group).to_contain_text("2 succeeded", timeout=SOON)


async def test_the_table_moves_in_place_and_keeps_its_filters(
    relay: Relay, operator: Rest, console: Console, stack: AsyncExitStack
) -> None:
    ann = await hands(relay, operator, stack, "ann")
    await console.say("/status @ann")
    first = await ann.taken()
    await console.visit("/ops")
    row = console.at(f"ops-row-{first.task.id}")
    await expect(row).to_have_attribute("data-state", "running", timeout=SOON)

    await ann.end(first, output="one\ntwo")
    await expect(row).to_have_attribute("data-state", "succeeded")
    await console.at(f"ops-open-{first.task.id}").focus()
    await console.page.keyboard.press("Enter")
    await expect(console.at("task-output")).to_have_text("one two", use_inner_text=True)
    await operator.say("/ping @ann")
    await expect(console.at("ops-new-rows")).to_contain_text("1 new, show", timeout=SOON)
    await console.at("ops-new-rows").click()
    await expect(console.at("ops-table").locator("tbody tr")).to_have_count(2)

    await console.at("task-tab-events").click()
    await expect(console.at("task-steps")).to_contain_text("task.succeeded")
    await console.at("task-drawer").focus()
    await console.page.keyboard.press("Escape")
    await expect(console.at("task-drawer")).to_have_count(0)
    await expect(console.at(f"ops-open-{first.task.id}")).to_be_focused()
    await console.page.keyboard.press("k")
    await expect(console.at("ops-table").locator("tbody th a").first).to_be_focused()
    await console.at("ops-state-done").click()
    await expect(console.page).to_have_url(re.compile(r"/dashboard/ops\?q=status%3Adone\+since%3A24h$"))
    await console.page.reload()
    await expect(console.at("ops-table").locator("tbody tr")).to_have_count(1, timeout=SOON)
    await expect(row).to_be_visible()


async def test_a_warden_sees_tasks_and_has_nothing_to_press(
    relay: Relay, operator: Rest, browser: Browser, stack: AsyncExitStack
) -> None:
    worker = Worker(relay.url, await operator.enrol("ann"))
    stack.push_async_callback(worker.close)
    await worker.agent.connect()
    await operator.say("/status @ann")
    warden = Console(await browser.new_page(), relay)
    await warden.sign_in(await operator.enrol("eye", role="warden"))

    card = cards(warden)
    await expect(card).to_have_attribute("data-state", "succeeded", timeout=SOON)
    await expect(card.get_by_role("button")).to_have_count(0)
    await card.get_by_role("link", name="Open").click()
    await expect(warden.at("task-state")).to_contain_text("Succeeded")
    await expect(warden.at("task-drawer").locator(".task-acts button")).to_have_count(0)
    assert warden.complaints == []


async def test_a_failure_stays_until_somebody_has_taken_note(
    relay: Relay, operator: Rest, console: Console, stack: AsyncExitStack
) -> None:
    ann = await hands(relay, operator, stack, "ann")
    await console.say("/status @ann")
    order = await ann.taken()
    await ann.end(order, state="failed")

    await expect(console.at("needs-you")).to_have_attribute("data-count", "1", timeout=SOON)
    await console.at("needs-you").click()
    await console.at(f"needs-note-{order.task.id}").click()
    await expect(console.at("needs-you")).to_have_attribute("data-count", "0")
    await console.page.reload()
    await expect(console.at(f"task-{order.task.id}")).to_be_visible(timeout=SOON)
    await expect(console.at("needs-you")).to_have_attribute("data-count", "0")


async def test_the_fleet_and_one_agent_are_paused_and_let_go_on(
    relay: Relay, operator: Rest, console: Console, stack: AsyncExitStack
) -> None:
    ann = await hands(relay, operator, stack, "ann")
    await ann.agent.report(specs={"os": EVIL, "cpu_percent": 3.5}, openclaw={"ok": False, "reason": "gone"})
    await console.visit("/fleet/ann")
    await expect(console.at("agent-openclaw")).to_have_text("Not healthy", timeout=SOON)
    await expect(console.at("agent-telemetry")).to_contain_text(
        "<img src=x onerror=alert(1)>{{ 7 * 7 }}⟨U+202E⟩"
    )

    await console.at("agent-pause").click()
    await console.at("confirm-yes").click()
    await expect(console.at("agent-work")).to_have_attribute("data-paused", "true")
    with pytest.raises(ClawNetError):
        await ann.agent.send("global", "still here")
    await console.at("agent-resume").click()
    await expect(console.at("agent-work")).to_have_attribute("data-paused", "false")
    await ann.agent.send("global", "back again")

    await console.at("fleet-pause").click()
    await console.at("confirm-yes").click()
    await expect(console.at("fleet-paused-ann")).to_be_visible()
    await expect(console.at("agent-work")).to_contain_text("with the whole fleet")
    await console.at("fleet-resume").click()
    await expect(console.at("fleet-paused-ann")).to_have_count(0)


async def test_the_log_is_narrowed_by_level_and_text(console: Console) -> None:
    await console.visit("/logs")
    await expect(console.at("log-line").or_(console.at("logs-empty")).first).to_be_visible(timeout=SOON)

    await console.at("logs-query").fill("no line holds this")
    await console.page.keyboard.press("Enter")
    await expect(console.at("logs-empty")).to_contain_text("No lines match")
    await expect(console.page).to_have_url(re.compile(r"q=no\+line"))
    await console.at("logs-clear").click()
    await console.at("logs-level-error").click()
    await expect(console.at("logs-level-error")).to_have_attribute("aria-pressed", "true")
    await expect(console.at("log-line")).to_have_count(0)
