"""The log and the audit trail in a real browser: narrowed by source, expression, time; taken as shown."""

import re
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Download, expect

from e2e.console import Console
from e2e.desk_room import SOON, hands
from e2e.relay import Relay
from e2e.rest import Rest


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    """Return a relay that has something to say: its last write was cut short."""
    folder = tmp_path_factory.mktemp("relay")
    told = Relay(folder, store=f"json:{folder}/store").start()
    told.stop()
    with (folder / "store").open("ab") as journal:
        journal.write(b'{"crc":"')
    yield told.start()
    told.stop()


async def lines_of(download: Download) -> list[str]:
    """Return the lines of a file that was saved."""
    return _read(await download.path())


def _read(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


async def test_lines_are_narrowed_by_expression_and_source_and_downloaded_as_shown(
    console: Console, operator: Rest
) -> None:
    await operator.enrol("ann")
    await console.visit("/logs")
    lines = console.at("log-line")
    await expect(lines.first).to_be_visible(timeout=SOON)

    await console.at("logs-query").fill("/^20.*cut short/")
    await console.page.keyboard.press("Enter")
    await expect(lines.first).to_be_visible(timeout=SOON)
    await console.at("logs-query").fill("/([/")
    await console.page.keyboard.press("Enter")
    await expect(console.at("logs-wrong")).to_contain_text("no regular expression")
    await console.at("logs-query").fill("")
    await console.page.keyboard.press("Enter")
    await expect(console.at("logs-wrong")).to_have_count(0)

    source = await console.at("logs-source").locator("option").nth(1).get_attribute("value")
    await console.at("logs-source").select_option(source)
    await expect(console.page).to_have_url(re.compile("source="))
    await expect(lines.first.locator(".source")).to_have_text(str(source))
    await console.at("logs-times").click()
    await expect(lines.first.locator("time")).to_have_count(0)
    async with console.page.expect_download() as saved:
        await console.at("logs-download").click()
    kept = await lines_of(await saved.value)
    assert kept
    assert all(str(source) in line for line in kept)
    await console.page.reload()
    await expect(lines.first).to_be_visible(timeout=SOON)
    await expect(lines.first.locator("time")).to_have_count(0)


async def test_records_are_narrowed_by_result_and_time_and_exported_as_shown(
    console: Console, operator: Rest
) -> None:
    await operator.enrol("bob")
    await operator.say("/status @bob")
    await console.visit("/audit?action=agent.&target=bob")
    rows = console.at("audit-table").locator("tbody")
    await expect(rows).to_have_count(1, timeout=SOON)

    await console.at("audit-filter-when").select_option("24")
    await expect(console.page).to_have_url(re.compile(r"since=20\d\d-"))
    await expect(rows).to_have_count(1, timeout=SOON)
    async with console.page.expect_download() as saved:
        await console.at("audit-export-ndjson").click()
    kept = await lines_of(await saved.value)
    assert len(kept) == 1
    await console.at("audit-filter-result").select_option("denied")
    await expect(console.at("audit-empty")).to_contain_text("No records match", timeout=SOON)
    await console.at("audit-clear").first.click()

    await console.visit("/audit?till=2020-01-01T00:00")
    await expect(console.at("audit-filter-till")).to_be_visible(timeout=SOON)
    await expect(console.at("audit-empty")).to_be_visible()


async def test_tasks_and_single_agents_have_lines_of_their_own(
    relay: Relay, operator: Rest, console: Console, stack: AsyncExitStack
) -> None:
    cat, dog = [await hands(relay, operator, stack, name) for name in ("cat", "dog")]
    await operator.say("/ping @cat @dog")
    await cat.end(await cat.taken(), "all is well\nno work")
    await console.visit("/logs")
    await console.at("logs-tab-tasks").click()
    lines = console.at("log-line")
    await expect(lines.filter(has_text="asked: /ping")).to_have_count(2, timeout=SOON)
    await expect(lines.filter(has_text="all is well")).to_have_count(1, timeout=SOON)

    await console.at("logs-tab-agent").click()
    await expect(console.at("logs-agent-empty")).to_contain_text("Choose an agent", timeout=SOON)
    await console.at("logs-agent").select_option("dog")
    await expect(lines.filter(has_text="agent.create")).to_have_count(1, timeout=SOON)
    await expect(lines.filter(has_text="all is well")).to_have_count(0)
    await dog.end(await dog.taken(), "woof")
    await expect(lines.filter(has_text="woof")).to_have_count(1, timeout=SOON)
    await console.at("logs-level-error").click()
    await expect(console.at("logs-empty")).to_contain_text("No lines match level:error", timeout=SOON)
