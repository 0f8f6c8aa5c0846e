"""The audit trail in a real browser: read, filtered, paged, verified, taken home as a file."""

import csv
import io
import json
import re

import httpx
from playwright.async_api import Browser, Download, expect

from e2e.conftest import StartRelay
from e2e.console import Console
from e2e.databases import Cluster
from e2e.relay import Relay
from e2e.rest import Rest
from protocol.audit import AuditRecord, first_break


async def numbers(console: Console) -> list[int]:
    """Return the numbers of the records that are shown."""
    names = await console.page.locator("[data-testid^=audit-row-]").evaluate_all(
        "rows => rows.map(row => row.dataset.testid)"
    )
    return [int(name.rpartition("-")[2]) for name in names]


async def downloaded(console: Console, name: str) -> str:
    """Click what downloads a file and return what is in it."""
    async with console.page.expect_download() as coming:
        await console.at(name).click()
    download: Download = await coming.value
    return (await download.path()).read_text(encoding="utf-8")


async def test_the_newest_records_come_first_and_older_ones_on_demand(
    console: Console, operator: Rest
) -> None:
    for number in range(120):
        await operator.say(f"word {number}")

    await console.visit("/audit")

    await expect(console.page.locator("[data-testid^=audit-row-]")).to_have_count(100)
    first = await numbers(console)
    assert first == sorted(first, reverse=True)
    await console.at("audit-older").click()
    await expect(console.at("audit-end")).to_be_visible()
    everything = await numbers(console)
    assert everything == list(range(everything[0], 0, -1))


async def test_a_record_opens_to_what_it_changed_and_to_its_hashes(console: Console, operator: Rest) -> None:
    await operator.enrol("ann")
    await operator.http.patch("/api/v1/agents/ann", json={"role": "warden"})
    await console.visit("/audit?action=role.change")

    await console.page.get_by_role("button", name="in full").click()

    opened = console.page.locator("[data-testid^=audit-more-]")
    await expect(opened.locator(".diff td")).to_have_text(["worker", "warden"])
    await expect(opened).to_contain_text(re.compile(r"[0-9a-f]{64}"))


async def test_filters_live_in_the_address_and_the_file_holds_exactly_what_is_shown(
    console: Console, operator: Rest
) -> None:
    for name in ("ann", "bob"):
        await operator.enrol(name)
    await operator.http.patch("/api/v1/agents/ann", json={"role": "warden"})
    await console.visit("/audit")
    await console.at("audit-filter-target").fill("ann")
    await console.page.keyboard.press("Enter")

    await expect(console.at("audit-export-count")).to_have_text("Export 2 records")
    await expect(console.page).to_have_url(re.compile(r"/dashboard/audit\?target=ann$"))
    shown = await numbers(console)
    lines = (await downloaded(console, "audit-export-ndjson")).splitlines()
    records = [AuditRecord.model_validate_json(line) for line in lines]
    assert [record.seq for record in records] == sorted(shown)
    assert {record.target for record in records} == {"ann"}
    rows = list(csv.DictReader(io.StringIO(await downloaded(console, "audit-export-csv"))))
    assert [int(row["seq"]) for row in rows] == sorted(shown)

    await console.page.reload()
    await expect(console.at("audit-filter-target")).to_have_value("ann")
    await console.at("audit-clear").click()
    await expect(console.at("audit-table")).to_contain_text("audit.export")
    await expect(console.page).to_have_url(re.compile(r"/dashboard/audit$"))


async def test_the_whole_file_is_a_chain_that_holds(console: Console, operator: Rest) -> None:
    await operator.enrol("ann")
    await console.visit("/audit")
    await expect(console.at("audit-chain")).to_have_attribute("data-state", "ok")

    text = await downloaded(console, "audit-export-ndjson")

    records = [AuditRecord.model_validate_json(line) for line in text.splitlines()]
    assert first_break(records) is None
    head = await console.at("audit-head").get_attribute("title")
    assert head == records[-1].hash


async def test_the_chain_is_checked_again_and_new_records_wait_and_leave_what_is_typed(
    console: Console, operator: Rest
) -> None:
    await console.visit("/audit")
    await expect(console.at("audit-chain")).to_contain_text("Chain verified to #")
    before = (await numbers(console))[0]

    await operator.enrol("ann")

    await expect(console.at("audit-newer")).to_have_text("1 new record, show", timeout=10_000)
    assert (await numbers(console))[0] == before
    await console.at("audit-verify").click()
    await expect(console.at("audit-chain")).to_contain_text(f"Chain verified to #{before + 1}")
    await console.at("audit-filter-target").fill("an")
    await console.at("audit-newer").dispatch_event("click")
    await expect(console.at(f"audit-row-{before + 1}")).to_contain_text("agent.create")
    await expect(console.at("audit-filter-target")).to_have_value("an")


async def test_what_an_agent_writes_runs_neither_here_nor_in_a_spreadsheet(
    console: Console, relay: Relay, operator: Rest
) -> None:
    await operator.http.request(
        "PATCH", "/api/v1/rooms/global", json={"topic": "<img src=x onerror=alert(1)>"}
    )
    async with httpx.AsyncClient(base_url=relay.url, trust_env=False) as nobody:
        await nobody.get("/api/v1/agents", headers={"Authorization": "Bearer x"})

    await console.visit("/audit?text=denied")
    await expect(console.at("audit-table")).to_contain_text("rest.authenticate")
    rows = list(csv.reader(io.StringIO(await downloaded(console, "audit-export-csv"))))

    assert all(not cell.startswith(("=", "+", "@")) for row in rows for cell in row)
    assert await console.page.locator(".audit img, .audit script").count() == 0


async def test_nobody_exports_without_a_session_or_from_another_site(relay: Relay, console: Console) -> None:
    path = f"{relay.url}/dashboard/audit/export"
    cookies = {each["name"]: each["value"] for each in await console.page.context.cookies()}
    async with (
        httpx.AsyncClient(trust_env=False) as stranger,
        httpx.AsyncClient(trust_env=False, cookies=cookies) as browser,
    ):
        nobody = await stranger.get(path)
        bearer = await stranger.get(path, headers={"Authorization": f"Bearer {relay.token}"})
        foreign = await browser.get(path, headers={"Sec-Fetch-Site": "cross-site"})
        own = await browser.get(path, headers={"Sec-Fetch-Site": "same-origin"})

    assert [answer.status_code for answer in (nobody, bearer, foreign, own)] == [401, 401, 403, 200]
    assert json.loads(own.text.splitlines()[0])["seq"] == 1
    assert "attachment" in own.headers["content-disposition"]
    assert "default-src 'self'" in own.headers["content-security-policy"]


async def test_a_store_that_is_away_is_said_to_be_and_the_page_comes_back(
    start_relay: StartRelay, browser: Browser
) -> None:
    cluster = Cluster()
    relay = start_relay(store=await cluster.empty_database())
    console = Console(await browser.new_page(), relay)
    await console.sign_in()
    await console.visit("/audit")
    await expect(console.at("audit-table")).to_be_visible()

    cluster.stop()
    await console.visit("/audit")

    await expect(console.at("audit-error")).to_contain_text("Could not read the audit trail", timeout=30_000)
    await expect(console.at("audit-retry")).to_be_visible()
    await expect(console.at("audit-table")).to_have_count(0)
    await console.visit("/settings/persistence")
    state = console.at("persistence-state")
    await expect(state).to_have_attribute("data-state", "away", timeout=30_000)


async def test_the_trail_fits_a_phone(relay: Relay, browser: Browser) -> None:
    context = await browser.new_context(viewport={"width": 360, "height": 740})
    console = Console(await context.new_page(), relay)
    await console.sign_in()
    for path in ("/audit", "/logs"):
        await console.visit(path)
        await expect(console.page.locator(".audit table, .logs .condition")).to_be_visible()
        assert await console.fits()
    await console.visit("/audit?action=agent")
    await console.page.get_by_role("button", name="in full").first.click()

    box = await console.page.locator(".record").bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 360
