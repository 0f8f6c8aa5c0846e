"""The fleet in a real browser: agents made, named, ranked, given tokens, let in; by those who may."""

import re
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, expect

from clawnet import Agent
from e2e.console import Console
from e2e.relay import Relay
from e2e.rest import Rest

TOKEN = re.compile(r"clw_[0-9a-f]{16}_[0-9a-f]{64}")


async def stored(console: Console) -> str:
    """Take the token out of its dialog and confirm that it is stored."""
    secret = await console.at("token-value").inner_text()
    await console.at("token-stored").check()
    await console.at("token-done").click()
    return secret


async def works(relay: Relay, token: str) -> bool:
    """Tell whether a token opens the door."""
    async with Rest(relay.url, token) as rest:
        return (await rest.http.get("/api/v1/agents/me")).status_code == 200


async def tokens_of(operator: Rest, agent_id: str) -> list[dict[str, Any]]:
    answer = await operator.http.get("/api/v1/tokens", params={"agent_id": agent_id})
    return list(answer.json()["items"])


async def test_an_agent_is_made_and_its_token_is_shown_until_it_is_stored(
    relay: Relay, console: Console
) -> None:
    await console.visit("/fleet?view=table")
    await console.at("agent-new").click()
    await console.at("agent-create-id").fill("Scout-1")
    await console.at("agent-create-do").click()

    await expect(console.at("token-value")).to_have_text(TOKEN)
    for _ in range(3):
        await console.page.keyboard.press("Escape")
    await expect(console.at("token-value")).to_be_visible()
    await expect(console.at("token-done")).to_be_disabled()
    secret = await stored(console)

    await expect(console.at("token-dialog").first).to_be_hidden()
    assert await works(relay, secret)
    assert secret not in await console.page.content()
    await expect(console.page).to_have_url(re.compile(r"/dashboard/fleet/Scout-1$"))
    await expect(console.at("agent-handle-now")).to_have_text("@scout-1")
    await expect(console.at("fleet-open-Scout-1")).to_be_visible()


async def test_an_id_that_is_taken_or_malformed_is_told_in_the_dialog(
    console: Console, operator: Rest
) -> None:
    await operator.enrol("ann")
    await console.visit("/fleet?view=table")
    await console.at("agent-new").click()

    for wrong, why in (("ann", "exists"), ("-x", "begins with a letter")):
        await console.at("agent-create-id").fill(wrong)
        await console.at("agent-create-do").click()
        await expect(console.at("agent-create-error")).to_contain_text(why)
    assert await console.at("agent-create-id").input_value() == "-x"


async def test_tokens_are_created_rotated_with_an_overlap_and_revoked(
    relay: Relay, console: Console, operator: Rest
) -> None:
    first = await operator.enrol("ann")
    old = (await tokens_of(operator, "ann"))[0]["id"]
    await console.visit("/fleet/ann?tab=token")

    await console.at(f"token-rotate-{old}").click()
    await console.at("token-choice-3600").check()
    await console.at("token-choice-do").click()
    rotated = await stored(console)

    await expect(console.at(f"token-{old}")).to_contain_text("Expires in")
    assert await works(relay, first)
    assert await works(relay, rotated)

    await console.at(f"token-revoke-{old}").click()
    await console.at("confirm-no").click()
    await expect(console.at(f"token-{old}")).to_have_attribute("data-state", "valid")
    await console.at(f"token-revoke-{old}").click()
    await console.at("confirm-yes").click()
    await expect(console.at(f"token-{old}")).to_have_attribute("data-state", "revoked")
    assert not await works(relay, first)

    await console.at("token-create").click()
    await console.at("token-choice-86400").check()
    await console.at("token-choice-do").click()
    await stored(console)
    last = (await tokens_of(operator, "ann"))[-1]
    await expect(console.at(f"token-{last['id']}")).to_contain_text("Never used yet")
    assert last["expires_at"] is not None


async def test_a_handle_is_changed_and_its_history_kept(console: Console, operator: Rest) -> None:
    for name in ("ann", "bob"):
        await operator.enrol(name)
    await console.visit("/fleet/ann?view=table")

    await console.at("agent-rename").click()
    await console.at("agent-handle").fill("bob")
    await console.page.keyboard.press("Enter")
    await expect(console.at("agent-handle-error")).to_contain_text("Another agent has this handle")
    await console.at("agent-handle").fill("anna")
    await console.page.keyboard.press("Enter")
    await expect(console.at("agent-handle-now")).to_have_text("@anna")
    await expect(console.at("agent-rename")).to_be_focused()

    await console.at("agent-tab-history").click()
    await expect(console.at("agent-handles").locator("li")).to_have_count(2)
    await expect(console.at("agent-history")).to_contain_text("handle.change")
    await expect(console.at("agent-history")).to_contain_text("by operator")


async def test_a_role_is_changed_and_becoming_a_master_is_asked_twice(
    console: Console, operator: Rest
) -> None:
    await operator.enrol("ann")
    await console.visit("/fleet/ann?view=table")

    await console.at("agent-to-role").click()
    await console.at("agent-change-role").click()
    await console.at("agent-role").select_option("master")
    await console.at("agent-role-save").click()
    await console.page.locator("[data-testid=confirm-no]:visible").click()
    await console.at("agent-role").select_option("warden")
    await console.at("agent-role-save").click()

    await expect(console.at("agent-role-now")).to_have_text("warden")
    role = (await operator.http.get("/api/v1/agents/ann")).json()["role"]
    assert role == "warden"


async def test_who_waits_is_counted_and_let_in_or_turned_away(relay: Relay, console: Console) -> None:
    async with httpx.AsyncClient(base_url=relay.url, trust_env=False) as stranger:
        asked = [
            (await stranger.post("/api/v1/joins", json={"agent_id": name})).json() for name in ("ann", "bob")
        ]
        await expect(console.at("needs-you")).to_have_attribute("data-count", "2", timeout=10_000)
        await console.at("needs-you").click()
        await console.page.get_by_test_id("needs-list").get_by_role("link", name="ann").click()
        ids = [each["application"]["id"] for each in asked]
        await expect(console.at(f"join-{ids[0]}")).to_contain_text("from 127.0.0.1")
        await expect(console.at(f"join-left-{ids[0]}")).to_have_text(re.compile(r"^(9:\d\d|10:00) left$"))

        await console.at(f"join-role-{ids[0]}").select_option("warden")
        await console.at(f"join-admit-{ids[0]}").click()
        await expect(console.at("fleet-card-ann")).to_contain_text("warden")
        await console.at(f"join-deny-{ids[1]}").click()
        await expect(console.at("waiting")).to_be_hidden()

        answers = [
            (await stranger.post("/api/v1/joins/collect", json={"secret": each["secret"]})).json()
            for each in asked
        ]
    assert [each["application"]["state"] for each in answers] == ["admitted", "denied"]
    assert await works(relay, answers[0]["token"])


async def test_a_warden_looks_and_is_told_why_there_is_nothing_to_press(
    relay: Relay, operator: Rest, browser: Browser
) -> None:
    await operator.enrol("ann")
    warden = Console(await browser.new_page(), relay)
    await warden.sign_in(await operator.enrol("eye", role="warden"))

    await warden.visit("/fleet/ann?tab=token")

    await expect(warden.at("tokens-forbidden")).to_contain_text("Only masters")
    await expect(warden.at("agent-new")).to_have_count(0)
    await expect(warden.at("fleet-token-ann")).to_have_count(0)
    await warden.at("agent-tab-overview").click()
    await expect(warden.at("agent-status")).to_be_visible()
    await expect(warden.at("agent-rename")).to_have_count(0)
    await expect(warden.at("agent-to-role")).to_have_count(0)
    await expect(warden.at("agent-tab-danger")).to_have_count(0)


async def test_the_list_is_narrowed_in_the_address_and_the_drawer_gives_the_focus_back(
    relay: Relay, console: Console, operator: Rest, stack: AsyncExitStack
) -> None:
    tokens = {name: await operator.enrol(name) for name in ("ann", "bob")}
    await stack.enter_async_context(Agent(relay.url, token=tokens["ann"]))
    await console.visit("/fleet?view=table")

    await expect(console.at("fleet-row-ann")).to_have_attribute("data-state", "online")
    await console.at("fleet-status-offline").click()
    await expect(console.at("fleet-row-ann")).to_have_count(0)
    await console.page.reload()
    await expect(console.at("fleet-row-bob")).to_be_visible()
    await expect(console.at("fleet-row-ann")).to_have_count(0)

    await console.at("fleet-open-bob").focus()
    await console.page.keyboard.press("Enter")
    await expect(console.at("agent-drawer")).to_be_focused()
    await console.page.keyboard.press("Escape")
    await expect(console.at("agent-drawer")).to_have_count(0)
    await expect(console.at("fleet-open-bob")).to_be_focused()
    assert console.page.url.endswith("/dashboard/fleet?view=table&status=offline")


async def test_nothing_is_done_later_that_was_asked_while_the_link_was_down(
    relay: Relay, console: Console, operator: Rest
) -> None:
    secret = await operator.enrol("ann")
    token = (await tokens_of(operator, "ann"))[0]["id"]
    await console.visit("/fleet/ann?tab=token")
    await expect(console.at(f"token-{token}")).to_be_visible()

    await console.page.context.set_offline(True)
    await expect(console.at("as-of")).to_contain_text("the relay does not answer now", timeout=10_000)
    await console.at(f"token-revoke-{token}").click()
    await console.at("confirm-yes").click()
    await expect(console.at("tokens-refused")).to_contain_text("Nothing was sent")
    await console.page.context.set_offline(False)

    await expect(console.at("as-of")).to_have_count(0, timeout=30_000)
    assert await works(relay, secret)
    console.complaints.clear()  # the browser's own words on requests that could not leave


async def test_keys_lead_to_what_needs_somebody_and_to_the_filter(relay: Relay, console: Console) -> None:
    async with httpx.AsyncClient(base_url=relay.url, trust_env=False) as stranger:
        await stranger.post("/api/v1/joins", json={"agent_id": "ann"})
    await console.visit("/fleet?view=table")
    await expect(console.at("waiting")).to_be_visible()

    await console.page.keyboard.press("u")
    await expect(console.page.get_by_role("group", name="Needs you")).to_contain_text("ann")
    await console.page.keyboard.press("Escape")
    await expect(console.page.get_by_role("group", name="Needs you")).to_have_count(0)
    await console.page.keyboard.press("/")
    await expect(console.at("fleet-filter")).to_be_focused()


async def test_what_an_agent_says_of_itself_is_shown_and_does_nothing(
    relay: Relay, console: Console, operator: Rest, stack: AsyncExitStack
) -> None:
    agent = Agent(relay.url, token=await operator.enrol("ann"))
    await stack.enter_async_context(agent)
    await agent.set_presence("online", note="<img src=x onerror=alert(1)>{{ 7 * 7 }}\u202e")
    await console.visit("/fleet/ann?view=table")

    for name in ("fleet-row-ann", "agent-drawer"):
        await expect(console.at(name)).to_contain_text("<img src=x onerror=alert(1)>{{ 7 * 7 }}⟨U+202E⟩")
    assert await console.page.locator(".fleet img").count() == 0


async def test_an_agent_that_is_not_there_is_said_not_to_be(console: Console) -> None:
    await console.visit("/fleet/nobody")

    await expect(console.at("agent-empty")).to_contain_text("no agent with the id nobody")


@pytest.mark.parametrize("path", ["/fleet", "/fleet/ann", "/fleet/ann?tab=token", "/fleet/ann?tab=history"])
async def test_the_fleet_fits_a_phone(relay: Relay, operator: Rest, browser: Browser, path: str) -> None:
    await operator.enrol("ann")
    context = await browser.new_context(viewport={"width": 360, "height": 740})
    console = Console(await context.new_page(), relay)
    await console.sign_in()

    await console.visit(path)

    await expect(console.at("fleet-open-ann")).to_be_attached()
    assert await console.fits()
    assert console.complaints == []
