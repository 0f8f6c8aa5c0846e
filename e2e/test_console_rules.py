"""Limits, rules and tokens in the settings, in a real browser: changed, tried out, refused when stale."""

import re
from contextlib import AsyncExitStack

from playwright.async_api import expect

from clawnet import Agent
from e2e.console import Console
from e2e.desk_room import SOON, relay
from e2e.relay import Relay
from e2e.rest import Rest

__all__ = ["relay"]


async def test_rules_are_changed_tried_out_and_set_back(console: Console, operator: Rest) -> None:
    await console.visit("/settings/limits")
    await console.at("judge-line").fill("/ask rm -rf /tmp/x")
    await console.at("judge").click()
    await expect(console.at("judge-verdict")).to_contain_text("runs without a question", timeout=SOON)

    await console.at("set-deny_commands").fill("/ask rm *")
    await expect(console.at("settings-unsaved")).to_contain_text("Unsaved changes")
    await console.at("settings-discard").click()
    await expect(console.at("set-deny_commands")).to_have_value("")
    await console.at("set-deny_commands").fill("/ask rm *")
    await console.at("settings-save").click()
    await expect(console.at("settings-saved")).to_be_visible(timeout=SOON)
    await expect(console.at("settings-last")).to_contain_text("operator")
    await console.at("judge").click()
    await expect(console.at("judge-verdict")).to_contain_text("blocked by the rule /ask rm *")

    await console.at("set-keep_days").fill("0")
    await console.at("settings-save").click()
    await expect(console.at("set-error-keep_days")).to_be_visible(timeout=SOON)
    assert await console.at("set-keep_days").input_value() == "0"
    await console.at("settings-discard").click()
    await console.at("set-reset-deny_commands").click()
    await console.at("settings-save").click()
    await expect(console.at("set-reset-deny_commands")).to_have_count(0, timeout=SOON)
    shown = (await operator.http.get("/api/v1/settings")).json()["items"]
    assert next(each for each in shown if each["name"] == "deny_commands")["value"] == []


async def test_what_somebody_else_changed_meanwhile_is_not_overwritten(
    console: Console, operator: Rest
) -> None:
    await console.visit("/settings/limits")
    await console.at("set-loop_limit").fill("50")
    changed = await operator.http.put(
        "/api/v1/settings",
        json={"loop_limit": 7},
        headers={"If-Match": (await operator.http.get("/api/v1/settings")).headers["etag"]},
    )
    assert changed.status_code == 200, changed.text

    await console.at("settings-save").click()
    await expect(console.at("settings-error")).to_contain_text("changed them meanwhile", timeout=SOON)
    await console.at("settings-discard").click()
    await expect(console.at("set-loop_limit")).to_have_value("7")


async def test_tokens_of_all_agents_are_seen_and_changed_in_one_place(
    console: Console, operator: Rest
) -> None:
    await operator.enrol("ann")
    await console.visit("/settings/tokens")

    await expect(console.at("holder-ann")).to_contain_text("Never used yet", timeout=SOON)
    await console.at("holder-open-ann").click()
    await console.at("tokens").get_by_role("button", name="Revoke token").click()
    await console.at("confirm-yes").click()
    await expect(console.at("holder-ann")).to_have_attribute("data-key", "revoked", timeout=SOON)


async def test_a_warden_reads_the_rules_and_changes_none(
    relay: Relay, console: Console, operator: Rest
) -> None:
    warden = Console(await console.page.context.browser.new_page(), relay)  # type: ignore[union-attr]
    await warden.sign_in(await operator.enrol("eye", role="warden"))

    await warden.visit("/settings/limits")
    await expect(warden.at("set-deny_commands")).to_be_disabled(timeout=SOON)
    await expect(warden.at("settings-save")).to_have_count(0)
    await warden.visit("/settings/tokens")
    await expect(warden.at("all-tokens-forbidden")).to_contain_text("Only masters")
    await warden.visit("/settings/access")
    await expect(warden.at("operators")).to_contain_text("eye")
    assert warden.complaints == []


async def test_the_store_is_looked_at_and_the_time_of_it_said(console: Console) -> None:
    await console.visit("/settings")

    await expect(console.at("settings-store")).to_contain_text("checked", timeout=SOON)
    await expect(console.at("settings-store")).to_have_attribute("data-state", "ok")


async def test_who_may_ask_to_be_let_in_is_ruled_in_lists_that_are_checked(
    console: Console, operator: Rest
) -> None:
    await console.visit("/settings/access")
    await console.at("set-block_joins").fill("spam-*\nno such rule")
    await console.at("settings-save").click()
    await expect(console.at("set-error-block_joins")).to_contain_text("neither an agent's id", timeout=SOON)
    await console.at("set-block_joins").fill("spam-*\n198.51.100.0/24")
    await console.at("settings-save").click()
    await expect(console.at("settings-saved")).to_be_visible(timeout=SOON)

    asked = [await operator.http.post("/api/v1/joins", json={"agent_id": name}) for name in ("spam-1", "fay")]
    assert [answer.status_code for answer in asked] == [403, 202]


async def test_what_is_told_on_the_desktop_is_chosen(
    relay: Relay, console: Console, operator: Rest, stack: AsyncExitStack
) -> None:
    gus = Agent(relay.url, token=await operator.enrol("gus"))
    await stack.enter_async_context(gus)
    context = await console.page.context.browser.new_context()  # type: ignore[union-attr]
    await context.grant_permissions(["notifications"])
    # What the desktop is told is kept; the tab has never the focus.
    await context.add_init_script(
        """window.told = [];
        document.hasFocus = () => false;
        window.Notification = class {
            static permission = "granted";
            constructor(title) { told.push(title); }
        };"""
    )
    away = Console(await context.new_page(), relay)
    await away.sign_in()
    await away.visit("/settings/notifications")
    await expect(away.at("notify-permission")).to_have_attribute("data-state", "granted", timeout=SOON)
    for event in ("mentions", "agents-waiting"):
        await away.at(f"notify-badge-{event}").uncheck()
    await expect(away.page).to_have_title("Settings · ClawNet")

    await gus.send("global", "@operator look here")
    await away.page.wait_for_function("told.length > 0", timeout=SOON)
    assert await away.page.evaluate("told") == ["Mention: #global"]
    await expect(away.page).to_have_title("Settings · ClawNet")
    await away.at("notify-badge-mentions").check()
    await expect(away.page).to_have_title("(1) Settings · ClawNet", timeout=SOON)
    await away.at("notify-desktop-mentions").uncheck()
    await gus.send("global", "@operator and here")
    await expect(away.page).to_have_title("(2) Settings · ClawNet", timeout=SOON)
    assert await away.page.evaluate("told.length") == 1
    await context.close()


async def test_history_is_purged_once_the_word_is_typed_and_a_restart_is_counted(
    console: Console,
) -> None:
    await console.visit("/settings/danger")
    await expect(console.at("restart-concerns")).to_contain_text("0 tasks running", timeout=SOON)
    await expect(console.at("restart-impossible")).to_be_visible()
    await expect(console.at("restart")).to_be_disabled()

    await expect(console.at("purge")).to_be_disabled()
    await console.at("purge-days").select_option("7")
    await console.at("purge-word").fill("purge")
    await console.at("purge").click()
    await expect(console.at("confirm")).to_contain_text("older than 7 days")
    await console.at("confirm-yes").click()
    await expect(console.at("purge-outcome")).to_contain_text("no message older than 7 days", timeout=SOON)


async def test_what_is_kept_is_counted_and_taken_as_a_file(console: Console, operator: Rest) -> None:
    await operator.say("kept")
    await console.visit("/settings/persistence")
    await expect(console.at("persistence-counts")).to_contain_text("Messages", timeout=SOON)

    async with console.page.expect_download() as saved:
        await console.at("persistence-export").click()
    assert (await saved.value).suggested_filename == "clawnet-backup.ndjson"


async def test_a_clock_of_twelve_hours_is_a_choice_that_stays(console: Console) -> None:
    await console.visit("/settings/appearance")
    await console.at("clock-12").click()
    await expect(console.at("clock")).to_contain_text(re.compile("[ap]m"))

    await console.page.reload()
    await expect(console.at("clock-12")).to_be_checked(timeout=SOON)
    await expect(console.at("clock")).to_contain_text(re.compile("[ap]m"))
