"""The table of tasks in a real browser: commands given from it, output, queries, views, saved lines."""

import re
from contextlib import AsyncExitStack

from playwright.async_api import expect

from e2e.console import Console
from e2e.desk_room import SOON, hands, relay
from e2e.relay import Relay
from e2e.rest import Rest

__all__ = ["relay"]


async def test_a_command_is_given_by_keys_and_its_output_is_followed(
    relay: Relay, operator: Rest, console: Console, stack: AsyncExitStack
) -> None:
    ann = await hands(relay, operator, stack, "ann")
    await console.visit("/ops")
    await expect(console.at("ops-empty")).to_be_visible(timeout=SOON)
    keyboard = console.page.keyboard

    await console.at("dispatch-target").press_sequentially("@an")
    await expect(console.at("dispatch-target-option-ann")).to_have_attribute("aria-selected", "true")
    await keyboard.press("Tab")
    await expect(console.at("dispatch-target")).to_have_value("@ann ")
    await console.at("dispatch-command").press_sequentially("/sta")
    await expect(console.at("dispatch-command-option-status")).to_be_visible()
    await keyboard.press("Tab")
    await expect(console.at("dispatch-hint")).to_contain_text("Report version, health and load")
    await keyboard.press("Enter")
    order = await ann.taken()
    await expect(console.at("dispatch-told")).to_contain_text("Sent: 1 task.")

    await console.at("dispatch-told").get_by_role("link").click()
    await expect(console.at("output-empty")).to_have_text("Waiting for output.")
    await ann.say(order, "shard 1 of 3\nshard 2 of 3")
    await ann.say(order, "shard 2 of 3\nshard 3 of 3")
    output = console.at("task-output").locator("p")
    await expect(output).to_have_text(["shard 1 of 3", "shard 2 of 3", "shard 3 of 3"], timeout=SOON)

    await console.at("output-follow").click()
    await expect(console.at("output-paused")).to_contain_text("Paused. 0 new lines")
    await ann.say(order, "merging")
    await expect(console.at("output-paused")).to_contain_text("1 new line", timeout=SOON)
    await console.at("task-drawer").focus()
    await keyboard.press("/")
    await keyboard.type("shard")
    await expect(console.at("output-hits")).to_have_text("1 of 3")
    await keyboard.press("Shift+Enter")
    await expect(console.at("output-hits")).to_have_text("3 of 3")

    await ann.end(order, output="shard 1 of 3\ndone")
    await expect(output).to_have_text(["shard 1 of 3", "done"], timeout=SOON)
    async with console.page.expect_download() as saved:
        await console.at("output-download").click()
    assert (await saved.value).suggested_filename == f"{order.task.id}.txt"
    await console.at("task-tab-raw").click()
    await expect(console.at("task-raw")).to_contain_text(f'"id": "{order.task.id}"')


async def test_several_agents_are_counted_before_anything_runs(
    relay: Relay, operator: Rest, console: Console, stack: AsyncExitStack
) -> None:
    workers = [await hands(relay, operator, stack, name) for name in ("bea", "ben")]
    await console.visit("/ops?to=%40bea%20%40ben&cmd=%2Fnew")

    await expect(console.at("dispatch-run")).to_be_enabled()
    await console.at("dispatch-run").click()
    await expect(console.at("dispatch-confirm")).to_contain_text("Run /new on 2 agents?")
    await expect(console.at("dispatch-no")).to_be_focused()
    await console.at("dispatch-yes").click()

    for worker in workers:
        assert (await worker.taken()).task.command == "new"
    await expect(console.at("dispatch-told")).to_contain_text("Sent: 2 tasks.")
    await console.at("dispatch-target").fill("@nobody")
    await console.at("dispatch-command").fill("/status")
    await console.at("dispatch-run").click()
    await expect(console.at("dispatch-error")).to_contain_text("There is no agent nobody")


async def test_a_query_is_completed_kept_in_the_address_and_saved_as_a_view(
    relay: Relay, operator: Rest, console: Console, stack: AsyncExitStack
) -> None:
    cat = await hands(relay, operator, stack, "cat")
    for line in ("/status @cat", "/ping @cat"):
        await operator.say(line)
        await cat.end(await cat.taken())
    await console.visit("/ops")
    keyboard = console.page.keyboard
    await expect(console.at("ops-table")).to_be_visible(timeout=SOON)

    await console.at("ops-query").press_sequentially("age")
    await keyboard.press("Enter")
    await expect(console.at("ops-query-option-cat")).to_be_visible(timeout=SOON)
    await keyboard.type("ca")
    await keyboard.press("Enter")
    await keyboard.type("cmd:ping")
    await keyboard.press("Enter")
    await expect(console.at("ops-table").locator("tbody tr")).to_have_count(1, timeout=SOON)
    await expect(console.page).to_have_url(re.compile(r"q=agent%3Acat\+cmd%3Aping"))

    await console.at("ops-save-view").click()
    await keyboard.type("pings")
    await keyboard.press("Enter")
    await console.at("ops-saved-waiting").click()
    await expect(console.at("ops-empty")).to_contain_text("No tasks match")
    # The relay keeps it: another browser has it too.
    await console.page.evaluate("localStorage.clear()")
    await console.page.reload()
    await console.at("ops-saved-pings").click()
    await expect(console.at("ops-table").locator("tbody tr")).to_have_count(1, timeout=SOON)
    await console.visit("/ops")
    await expect(console.page).to_have_url(re.compile(r"q=agent%3Acat\+cmd%3Aping"))


async def test_rows_keep_their_places_while_the_list_is_sorted_or_read(
    relay: Relay, operator: Rest, console: Console, stack: AsyncExitStack
) -> None:
    dan = await hands(relay, operator, stack, "dan")
    await operator.say("/status @dan")
    first = await dan.taken()
    await console.visit("/ops?q=agent:dan")
    rows = console.at("ops-table").locator("tbody tr")
    await expect(rows).to_have_count(1, timeout=SOON)

    await console.at("ops-sort-command").click()
    await operator.say("/ping @dan")
    second = await dan.taken()
    await expect(console.at("ops-new-rows")).to_be_visible(timeout=SOON)
    await dan.end(first)
    await expect(console.at(f"ops-row-{first.task.id}")).to_have_attribute("data-state", "succeeded")
    await expect(rows).to_have_count(1)
    await console.at("ops-resort").click()
    await expect(rows.first).to_have_attribute("data-testid", f"ops-row-{second.task.id}")

    await console.at(f"ops-open-{second.task.id}").click()
    await expect(console.at("task-drawer")).to_be_focused()
    await console.page.keyboard.press("j")
    await expect(console.page).to_have_url(re.compile(first.task.id))
    await console.page.keyboard.press("Escape")
    await console.at("ops-as-board").click()
    await expect(console.at("ops-col-running")).to_contain_text("/ping")
    await expect(console.at("ops-col-done")).to_contain_text("/status")
    await dan.end(second)
    await expect(console.at("ops-col-done")).to_contain_text("/ping", timeout=SOON)


async def test_a_command_is_saved_used_and_forgotten(
    relay: Relay, operator: Rest, console: Console, stack: AsyncExitStack
) -> None:
    eli = await hands(relay, operator, stack, "eli")
    await console.visit("/ops")
    await expect(console.at("ops-table")).to_be_visible(timeout=SOON)
    await console.at("dispatch-command").fill("/ask what is new")
    await console.at("dispatch-save").click()
    await console.at("dispatch-save-name").fill("News")
    await console.page.keyboard.press("Enter")

    await console.at("dispatch-command").fill("")
    await console.at("dispatch-target").fill("eli")
    await console.at("saved-news").click()
    await expect(console.at("dispatch-command")).to_have_value("/news")
    await console.at("dispatch-run").click()
    order = await eli.taken()
    assert order.task.line == "/ask what is new"
    await eli.end(order)
    await console.at("saved-forget-news").click()
    await expect(console.at("saved-news")).to_have_count(0)


async def test_a_warden_has_nothing_to_run(relay: Relay, operator: Rest, console: Console) -> None:
    warden = Console(await console.page.context.browser.new_page(), relay)  # type: ignore[union-attr]
    await warden.sign_in(await operator.enrol("eye", role="warden"))
    await warden.visit("/ops")

    await expect(warden.at("ops-read-only")).to_be_visible()
    await expect(warden.at("dispatch-run")).to_have_count(0)
    assert warden.complaints == []
