"""Bars of writing: what is sent stands there at once (B1), drafts stay where they were typed (B7)."""

import pytest
from playwright.async_api import expect

from e2e.agents import RawAgent
from e2e.bars.conftest import OpenTab
from e2e.bars.measure import SEND, SLACK, note, p95
from e2e.proxy import Proxy
from e2e.relay import Relay

pytestmark = pytest.mark.asyncio(loop_scope="module")
SENDS = 20
BUBBLE = 100  # ms


@pytest.mark.parametrize("round_trip", [0.0, 0.25])
async def test_b1_what_is_sent_is_seen_at_once(
    hall: Relay, crowd: dict[str, RawAgent], tab: OpenTab, round_trip: float
) -> None:
    assert crowd
    async with Proxy(hall.port) as proxy:
        console = await tab(base=proxy.url)
        proxy.delay = round_trip
        waits = [await console.page.evaluate(SEND, f"b1 {round_trip} {number}") for number in range(SENDS)]
        assert console.complaints == []

    note("B1", f"send to bubble, round trip {round_trip * 1000:.0f} ms: p95 {p95(waits):.0f} ms of {BUBBLE}")
    assert p95(waits) <= BUBBLE * SLACK, waits


async def test_b7_drafts_stay_where_they_were_typed(crowd: dict[str, RawAgent], tab: OpenTab) -> None:
    assert crowd
    console = await tab()
    rooms = ("alpha", "beta", "gamma")
    field = console.at("composer-input")
    for room in rooms:
        await console.at(f"room-{room}").click()
        await expect(field).to_have_attribute("placeholder", f"Message #{room}")
        await field.fill(f"for {room}")
    await console.page.reload()

    for room in rooms:
        await console.at(f"room-{room}").click()
        await expect(field).to_have_attribute("placeholder", f"Message #{room}")
        await expect(field).to_have_value(f"for {room}")
        await expect(console.at(f"room-draft-{room}")).to_be_visible()
    await console.page.keyboard.press("Enter")
    await expect(field).to_have_value("")
    await expect(console.at("room-draft-gamma")).to_have_count(0)
    await expect(console.at("room-draft-beta")).to_be_visible()
    await console.page.reload()
    await expect(field).to_be_editable(timeout=20_000)
    await expect(field).to_have_value("")
    note("B7", "3 drafts in 3 rooms, each intact after a reload, none elsewhere, gone when sent")
    assert console.complaints == []
