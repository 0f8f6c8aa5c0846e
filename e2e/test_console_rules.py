"""Limits, rules and tokens in the settings, in a real browser: changed, tried out, refused when stale."""

from playwright.async_api import expect

from e2e.console import Console
from e2e.desk_room import SOON, browser, console, relay
from e2e.relay import Relay
from e2e.rest import Rest

__all__ = ["browser", "console", "relay"]


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
    await console.at("judge").click()
    await expect(console.at("judge-verdict")).to_contain_text("blocked by the rule /ask rm *")

    await console.at("set-keep_days").fill("0")
    await console.at("settings-save").click()
    await expect(console.at("settings-error")).to_be_visible(timeout=SOON)
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
