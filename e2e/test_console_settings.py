"""The settings in a real browser: stores tried and switched, limits, sessions, and the way in for agents."""

import re
from pathlib import Path

from playwright.async_api import Browser, expect

from clawnet import Agent
from e2e.conftest import StartRelay
from e2e.console import Console
from e2e.relay import Relay
from e2e.rest import Rest

SECTIONS = (
    *("general", "appearance", "notifications", "keyboard", "access"),
    *("tokens", "persistence", "limits", "connect", "danger"),
)


async def test_a_store_is_tried_without_using_it_and_then_switched_to(
    console: Console, operator: Rest, tmp_path: Path
) -> None:
    await operator.say("kept")
    await console.visit("/settings/persistence")
    await expect(console.at("persistence-durability")).to_contain_text("gone when the relay stops")

    await console.at("persistence-url").fill("/proc/nowhere/x.db")
    await console.at("persistence-test").click()
    outcome = console.at("persistence-outcome")
    await expect(outcome).to_have_attribute("data-state", "failed")
    await expect(console.at("persistence-address")).to_have_text("memory")

    await console.at("persistence-url").fill(str(tmp_path / "kept.db"))
    await console.at("persistence-test").click()
    await expect(outcome).to_contain_text("can be opened")
    await expect(outcome).to_contain_text("Nothing has changed")
    await expect(console.at("persistence-address")).to_have_text("memory")

    await console.at("persistence-switch").click()
    await expect(console.at("confirm")).to_contain_text("From memory to sqlite:")
    await console.at("confirm-yes").click()
    await expect(outcome).to_have_attribute("data-state", "ok", timeout=20_000)
    await expect(console.at("persistence-address")).to_have_text(f"sqlite:{tmp_path / 'kept.db'}")
    await expect(console.at("persistence-durability")).to_contain_text("On disk")
    assert [item["payload"]["text"] for item in await operator.history()] == ["kept"]

    await outcome.get_by_role("link").click()
    await expect(console.at("audit-table")).to_contain_text("persistence.switch")


async def test_what_the_environment_decides_is_said_and_not_offered(
    start_relay: StartRelay, browser: Browser, tmp_path: Path
) -> None:
    relay = start_relay(store=f"json:{tmp_path / 'kept'}")
    console = Console(await browser.new_page(), relay)
    await console.sign_in()
    await console.visit("/settings/persistence")

    await expect(console.at("persistence-pinned")).to_contain_text("Set by CLAWNET_STORE")
    await console.at("persistence-url").fill(str(tmp_path / "other.db"))
    await expect(console.at("persistence-switch")).to_be_disabled()
    await console.at("persistence-test").click()
    await expect(console.at("persistence-outcome")).to_have_attribute("data-state", "ok")


async def test_the_password_of_a_store_is_neither_shown_nor_kept_in_the_page(console: Console) -> None:
    await console.visit("/settings/persistence")
    await console.at("persistence-kind-postgresql").check()
    await console.at("persistence-url").fill("postgresql://ann:hunter2@127.0.0.1:1/none")

    await console.at("persistence-switch").click()
    await expect(console.at("confirm")).to_contain_text("postgresql://ann:***@127.0.0.1:1/none")
    await console.at("confirm-yes").click()

    outcome = console.at("persistence-outcome")
    await expect(outcome).to_have_attribute("data-state", "failed", timeout=30_000)
    assert "hunter2" not in await console.page.content()


async def test_limits_are_shown_with_who_uses_them(start_relay: StartRelay, browser: Browser) -> None:
    relay = start_relay(rate_chat=0.01, rate_chat_burst=7)
    async with Rest(relay.url, relay.token) as operator:
        token = await operator.enrol("ann")
    async with Rest(relay.url, token) as ann:
        for word in "abc":
            await ann.say(word)
    console = Console(await browser.new_page(), relay)
    await console.sign_in()

    await console.visit("/settings/limits")

    await expect(console.at("limit-ann-Messages")).to_contain_text("4 of 7")
    await expect(console.at("set-rate_chat_burst")).to_have_value("7")
    assert console.complaints == []


async def test_sessions_are_listed_and_another_one_is_ended(
    relay: Relay, console: Console, browser: Browser
) -> None:
    context = await browser.new_context()
    other = Console(await context.new_page(), relay)
    await other.sign_in()
    await console.visit("/settings/access")

    await expect(console.page.locator("[data-testid^=session-]:is(li)")).to_have_count(2)
    await console.page.locator("[data-own=false] button").click()

    await expect(console.page.locator("[data-testid^=session-]:is(li)")).to_have_count(1)
    await expect(other.at("login-card")).to_be_visible(timeout=10_000)
    cookies = {each["value"] for each in await console.page.context.cookies()}
    content = await console.page.content()
    assert not any(value in content for value in cookies if len(value) > 20)


async def test_no_setting_tells_a_secret(relay: Relay, console: Console) -> None:
    await console.visit("/settings")

    await expect(console.at("setting-CLAWNET_MASTER_TOKEN")).to_contain_text("never shown")
    assert relay.token not in await console.page.content()


async def test_the_way_in_is_watched_until_the_agent_is_there(
    relay: Relay, console: Console, operator: Rest
) -> None:
    await console.visit("/settings/connect")
    await console.at("connect-id").fill("probe")

    await expect(console.at("connect-cli")).to_contain_text("clownet-cli agents create probe")
    await expect(console.at("connect-python")).to_contain_text(f'Agent("{relay.url}"')
    check = console.at("connect-check")
    await expect(check).to_have_attribute("data-state", "unknown")
    token = await operator.enrol("probe")
    await expect(check).to_have_attribute("data-state", "waiting", timeout=10_000)
    async with Agent(relay.url, token=token):
        await expect(check).to_have_attribute("data-state", "connected", timeout=10_000)
    await expect(check).to_have_attribute("data-state", "gone", timeout=10_000)


async def test_the_agent_can_be_made_right_there(console: Console) -> None:
    await console.visit("/settings/connect")
    await console.at("connect-id").fill("probe")

    await console.at("connect-create").click()

    await expect(console.at("agent-create-id")).to_have_value("probe")


async def test_a_snippet_is_copied(console: Console) -> None:
    await console.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await console.visit("/settings/connect")

    await console.page.get_by_role("button", name="Copy Command line").click()

    await expect(console.page.get_by_role("button", name="Copy: copied")).to_be_visible()
    assert "agents create echo" in await console.page.evaluate("navigator.clipboard.readText()")


async def test_every_part_has_an_address_and_fits_a_phone(relay: Relay, browser: Browser) -> None:
    context = await browser.new_context(viewport={"width": 360, "height": 740})
    console = Console(await context.new_page(), relay)
    await console.sign_in()

    for section in SECTIONS:
        await console.visit(f"/settings/{section}")
        await expect(console.at(f"settings-{section}")).to_have_attribute("aria-current", "page")
        await expect(console.page.locator(f"#{section}-title")).to_be_visible()
        assert await console.fits(), section
    await console.page.go_back()
    await expect(console.page).to_have_url(re.compile("/settings/connect$"))
    assert console.complaints == []
