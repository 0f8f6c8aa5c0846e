"""The fleet as cards and as a table: load, versions, groups, filters, and several agents at once."""

import re
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

from playwright.async_api import expect

from e2e.console import Console
from e2e.desk_room import SOON, hands, relay
from e2e.relay import Relay
from e2e.rest import Rest

__all__ = ["relay"]


async def test_load_and_versions_are_seen_on_cards_and_in_the_table(
    relay: Relay, operator: Rest, console: Console, stack: AsyncExitStack
) -> None:
    ann = await hands(relay, operator, stack, "ann")
    bob = await hands(relay, operator, stack, "bob")
    for cpu in (40, 71, 63):
        await ann.agent.report(specs={"cpu_percent": cpu, "ram_percent": 41, "version": "4.0.0"})
    await bob.agent.report(specs={"version": "3.9.1"}, openclaw={"sessions": 3})
    await console.visit("/fleet")

    card = console.at("fleet-card-ann")
    await expect(card.get_by_role("img", name="CPU 63 %, last 5 minutes 40 to 71 %")).to_be_visible(
        timeout=SOON
    )
    await expect(console.at("fleet-why-bob")).to_have_text("version behind")
    await expect(console.at("fleet-card-bob")).to_contain_text("3 sessions")
    await expect(console.at("fleet-status-outdated")).to_have_text("1 outdated")
    await console.at("fleet-filter").fill("version:<4 role:worker")
    await expect(card).to_have_count(0)
    await expect(console.at("fleet-card-bob")).to_be_visible()

    await console.at("fleet-filter").fill("")
    await console.at("fleet-as-table").click()
    await expect(console.at("fleet-group-needs-attention")).to_have_text("Needs attention 1")
    await console.at("fleet-columns").click()
    await console.at("fleet-column-ram").uncheck()
    await console.at("fleet-group-by").select_option("none")
    await console.page.reload()
    await expect(console.at("fleet-cpu-ann")).to_contain_text("63 %", timeout=SOON)
    await expect(console.at("fleet-ram-ann")).to_have_count(0)

    await console.at("fleet-menu-of-ann").click()
    await expect(console.at("fleet-menu")).to_contain_text("Run a command")
    await console.page.keyboard.press("ArrowUp")
    await expect(console.at("fleet-menu-danger")).to_be_focused()
    await console.page.keyboard.press("ArrowDown")
    await expect(console.at("fleet-menu-open")).to_be_focused()
    await console.page.keyboard.press("Escape")
    await expect(console.at("fleet-menu-of-ann")).to_be_focused()
    await console.page.get_by_role("button", name="Agent", exact=True).click()
    await console.at("fleet-open-ann").focus()
    await console.page.keyboard.press("j")
    await expect(console.at("fleet-open-bob")).to_be_focused()
    await console.page.keyboard.press("Space")
    await expect(console.at("fleet-pick-bob")).to_be_checked()


async def test_several_agents_get_new_tokens_a_message_and_a_command(
    operator: Rest, console: Console
) -> None:
    for name in ("cat", "dog"):
        await operator.enrol(name)
    await console.visit("/fleet?view=table")
    for name in ("cat", "dog"):
        await console.at(f"fleet-pick-{name}").check()
    await expect(console.at("fleet-bulk")).to_contain_text("2 selected")

    await console.at("bulk-rotate").click()
    await expect(console.page.locator("dialog[open]")).to_contain_text("Rotate the tokens of 2 agents?")
    await console.page.locator("[data-testid=confirm-yes]:visible").click()
    shown = console.page.locator("[data-testid=token-value]:visible")
    await expect(shown).to_have_text(re.compile(r"cat clw_\w+\s+dog clw_\w+"), timeout=SOON)
    await console.page.locator("[data-testid=token-stored]:visible").check()
    await console.page.locator("[data-testid=token-done]:visible").click()
    tokens = (await operator.http.get("/api/v1/tokens", params={"agent_id": "cat"})).json()["items"]
    assert len(tokens) == 2

    async with console.page.expect_download() as saved:
        await console.at("bulk-export").click()
    assert (await saved.value).suggested_filename == "clawnet-fleet.json"
    await console.at("bulk-run").click()
    await expect(console.at("dispatch-target")).to_have_value("@cat @dog ")
    await console.page.go_back()
    for name in ("cat", "dog"):
        await console.at(f"fleet-pick-{name}").check()
    await console.at("bulk-message").click()
    await expect(console.at("composer-input")).to_have_value("@cat @dog ")


async def test_an_agent_is_seen_in_full_and_shut_out(
    relay: Relay, operator: Rest, console: Console, stack: AsyncExitStack
) -> None:
    eve = await hands(relay, operator, stack, "eve")
    behind = (datetime.now(UTC) - timedelta(seconds=9)).isoformat()
    specs = {"cpu_percent": 5, "ram_percent": 50, "disk_percent": 58, "clock": behind}
    await eve.agent.report(specs=specs, sessions=[{"key": "agent:main"}], openclaw={"latency_ms": 12})
    await operator.say("/status @eve")
    await eve.end(await eve.taken())
    await console.visit("/fleet/eve")

    charts = console.at("agent-charts")
    await expect(charts).to_contain_text("50 %", timeout=SOON)
    await expect(console.at("agent-why")).to_contain_text(re.compile("clock (9|10|11) s behind"))
    await console.at("charts-hour").click()
    await expect(charts.get_by_role("img", name="Disk 58 %, last hour 58 to 58 %")).to_be_visible()
    await expect(charts.get_by_role("img", name="Latency 12 ms, last hour 12 to 12 ms")).to_be_visible()
    await console.at("agent-tab-tasks").click()
    await expect(console.at("agent-tasks")).to_contain_text("/status")
    await console.at("agent-tab-sessions").click()
    await expect(console.at("agent-sessions")).to_contain_text("agent:main")
    await console.at("agent-tab-danger").click()
    await console.at("agent-disconnect").click()
    await console.page.locator("[data-testid=confirm-yes]:visible").click()
    await expect(console.at("agent-cut")).to_have_text("1 connection was closed.", timeout=SOON)
    await expect(console.at("fleet-card-eve")).to_have_attribute("data-state", "online", timeout=SOON)
    await console.at("agent-block").click()
    await console.page.locator("[data-testid=confirm-yes]:visible").click()
    await expect(console.at("fleet-card-eve")).to_have_attribute("data-state", "offline", timeout=SOON)
    await expect(console.at("fleet-why-eve")).to_contain_text("token revoked")
    asked = await operator.http.post("/api/v1/joins", json={"agent_id": "eve"})
    assert asked.status_code == 403
    await console.at("agent-unblock").click()
    await expect(console.at("agent-block")).to_be_visible(timeout=SOON)


async def test_blocks_stand_in_the_right_view_until_something_is_known(console: Console) -> None:
    page = console.page
    await page.route_web_socket("**/_nicegui_ws/**", lambda socket: socket.close())
    await page.route("**/_nicegui_ws/**", lambda route: route.abort())
    for path, name in (
        ("/fleet", "fleet"),
        ("/ops", "ops"),
        ("/logs", "logs"),
        ("/settings/limits", "limits"),
    ):
        await console.visit(path)
        await expect(console.at(f"{name}-loading")).to_be_visible(timeout=SOON)
        await expect(console.at("timeline-loading")).to_be_hidden()
    console.complaints.clear()  # the browser says of each request that it was cut off
