"""Bars of truth: a lost link is told and loses nothing (B6), nothing looks live that is not (G2, G4)."""

import time

import pytest
from playwright.async_api import Browser, expect

from components.views.words import TASK_WORDS
from e2e.agents import RawAgent
from e2e.bars.conftest import OpenTab
from e2e.bars.measure import SEND, SLACK, note
from e2e.console import Console
from e2e.proxy import Mode, Proxy
from e2e.relay import Relay
from protocol.tasks import TaskState

pytestmark = pytest.mark.asyncio(loop_scope="module")
BANNER_OFFLINE, BANNER_STALL, PENDING = 1.0, 10.0, 100
SILENCE = 90  # seconds; NiceGUI alone loads the page anew after 78, into a dead link
ROUTES = ("/r/alpha", "/fleet", "/ops", "/logs", "/audit", "/settings", "/dm/ann")
WAIT_FOR_BANNER = """() => new Promise(done => { const begin = performance.now();
  const look = () => document.querySelector('[data-testid=conn-banner]')
    ? done(performance.now() - begin) : requestAnimationFrame(look);
  look(); })"""
# What looks live: green discs, and words that say so where nothing says as of when.
LIVE = """() => { const green = getComputedStyle(document.documentElement).getPropertyValue('--ok').trim();
  const probe = document.body.appendChild(document.createElement('i')); probe.style.color = green;
  const colour = getComputedStyle(probe).color; probe.remove();
  const shown = [...document.querySelectorAll('.shell *')].filter(each => each.checkVisibility());
  const discs = shown.filter(each => each.matches('.presence, .dot') &&
    getComputedStyle(each).backgroundColor === colour);
  const chips = shown.filter(each => each.matches('.chip') && /Live/.test(each.textContent));
  const words = shown.filter(each => !each.children.length &&
    /^(Live|Online)\\b/.test(each.textContent.trim()));
  const dated = /as of \\d\\d:\\d\\d/i.test(document.querySelector('.shell').innerText);
  return [...discs, ...chips, ...(dated ? [] : words)].map(each => each.outerHTML.slice(0, 120)); }"""
PERMISSION = """window.asked = 0;
if (window.Notification)
  Notification.requestPermission = () => { window.asked += 1; return Promise.resolve('denied'); };"""


async def test_b6_a_lost_link_is_told_and_nothing_is_lost(
    hall: Relay, crowd: dict[str, RawAgent], tab: OpenTab
) -> None:
    async with Proxy(hall.port) as proxy:
        console = await tab(base=proxy.url)
        page, loaded = console.page, len(console.requests)
        offline = await _lost_at_once(console)

        await console.at("composer-input").fill("half a thought")
        proxy.mode = Mode.BLACKHOLE
        stall = float(await page.evaluate(WAIT_FOR_BANNER)) / 1000
        navigations = [url for url in console.requests[loaded:] if "/dashboard" in url or "/login" in url]
        assert navigations == [], "nothing is loaded while the relay is unreachable"
        await expect(console.at("composer-input")).to_have_value("half a thought")
        await page.evaluate(SEND, "stalled")
        await console.at("composer-input").fill("half a thought")

        proxy.mode = Mode.PASS
        proxy.reset_all()
        await page.reload()
        await expect(page.locator("[data-state=pending]")).to_have_count(0, timeout=30_000)
        await console.sees("stalled")
        await expect(console.at("composer-input")).to_have_value("half a thought")

    ann = crowd["ann"]
    await ann.until(lambda: "stalled" in ann.texts("alpha"))
    mine = [text for text in ann.texts("alpha") if text.startswith(("offline", "stalled"))]
    assert mine == ["offline 0", "offline 1", "offline 2", "stalled"]
    note("B6", f"banner {offline:.2f} s of {BANNER_OFFLINE} offline, {stall:.1f} of {BANNER_STALL} stalled")
    note("B6", "4 of 4 delivered once and in order, one of them over a reload; no page load meanwhile")
    assert offline <= BANNER_OFFLINE * SLACK
    assert stall <= BANNER_STALL * SLACK


async def test_b6_no_silence_however_long_loads_the_page_anew(
    hall: Relay, crowd: dict[str, RawAgent], tab: OpenTab
) -> None:
    assert crowd
    async with Proxy(hall.port) as proxy:
        console = await tab(base=proxy.url)
        page = console.page
        await page.evaluate("window.stays = true")
        loads: list[str] = []
        page.on("request", lambda each: loads.append(each.url) if each.is_navigation_request() else None)
        await console.at("composer-input").fill("half a thought")
        proxy.mode = Mode.BLACKHOLE
        begin = time.monotonic()
        await console.at("conn-banner").wait_for(timeout=20_000)
        told = time.monotonic() - begin
        await page.wait_for_timeout((SILENCE - told) * 1000)
        await expect(console.at("conn-banner")).to_contain_text("Offline since")
        assert await page.evaluate("window.stays")
        during = list(loads)

        proxy.mode = Mode.PASS
        proxy.reset_all()
        await expect(console.at("conn-banner")).to_have_count(0, timeout=30_000)
        await expect(console.at("composer-input")).to_have_value("half a thought")
    note("B6", f"{SILENCE} s of silence: {len(during)} loads of the page of 0; then the draft stands there")
    assert during == []
    assert told <= BANNER_STALL * SLACK


async def _lost_at_once(console: Console) -> float:
    """Take the network away, write, give it back; return the seconds until the banner came."""
    page = console.page
    begin = time.monotonic()
    await page.context.set_offline(True)
    await console.at("conn-banner").wait_for(timeout=10_000)
    waited = time.monotonic() - begin
    waits = [await page.evaluate(SEND, f"offline {number}") for number in range(3)]
    await expect(page.locator("[data-state=pending]")).to_have_count(3)
    assert max(waits) <= PENDING * SLACK, waits
    await page.context.set_offline(False)
    await expect(console.at("conn-banner")).to_have_count(0, timeout=30_000)
    await expect(page.locator("[data-state=pending]")).to_have_count(0, timeout=30_000)
    return waited


async def test_g2_nothing_looks_live_without_the_relay(
    hall: Relay, crowd: dict[str, RawAgent], tab: OpenTab
) -> None:
    assert crowd
    async with Proxy(hall.port) as proxy:
        tabs = [await tab(route, base=proxy.url) for route in ROUTES]
        await tabs[1].page.get_by_role("heading", name="Fleet").wait_for()
        proxy.mode = Mode.REFUSE
        proxy.reset_all()
        for console in tabs:
            await console.page.bring_to_front()
            await console.at("conn-banner").wait_for(timeout=20_000)
            assert await console.page.evaluate(LIVE) == [], console.page.url
    assert set(TASK_WORDS) == set(TaskState)
    note(
        "G2",
        f"{len(ROUTES)} views without the relay: nothing looks live; {len(TASK_WORDS)} states, the relay's",
    )


async def test_g4_nothing_foreign_is_loaded_and_nobody_is_asked(
    hall: Relay, chrome: Browser, crowd: dict[str, RawAgent]
) -> None:
    context = await chrome.new_context()
    await context.add_init_script(PERMISSION)
    console = Console(await context.new_page(), hall)
    await console.sign_in()
    await console.page.goto(f"{hall.url}/dashboard/r/alpha")
    await expect(console.at("composer-input")).to_be_editable(timeout=20_000)
    for text in ("nothing for you", "@operator something for you"):
        await crowd["ann"].say(text, to_type="room", to_id="beta")

    await expect(console.page).to_have_title("(1) #alpha · ClawNet", timeout=15_000)
    icon = str(await console.page.evaluate("document.querySelector('link[rel~=icon]').href"))
    assert icon.startswith("data:image/svg"), "the icon of the tab bears a dot"
    await console.at("room-beta").click()
    await expect(console.page).to_have_title("#beta · ClawNet", timeout=15_000)
    icon = str(await console.page.evaluate("document.querySelector('link[rel~=icon]').href"))
    assert icon.startswith("http"), "and loses it"
    hosts = {url.split("/")[2] for url in console.requests if not url.startswith("data:")}
    assert hosts == {hall.url.split("/")[2]}
    assert await console.page.evaluate("window.asked") == 0
    note(
        "G4",
        f"{len(console.requests)} requests, none foreign; title and icon tell of the mention; nobody asked",
    )
    assert console.complaints == []
    await context.close()
