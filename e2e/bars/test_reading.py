"""Bars of reading: rooms open fast (B2), nothing moves under the reader (B8), bursts stop nobody (G1, G4)."""

import asyncio
import itertools
import time

import pytest
from playwright.async_api import expect

from e2e.agents import RawAgent
from e2e.bars.conftest import OpenTab
from e2e.bars.measure import SHOWN, SLACK, longest_task, note, p95
from e2e.relay import Relay

pytestmark = pytest.mark.asyncio(loop_scope="module")
FULL = 1_000
OPENING, SWITCH, LONGEST = 2_500, 300, 600  # ms
BURST, BURST_LONGEST, TYPING = 200, 200, 50
PLACE = """() => { const log = document.querySelector('[data-testid=timeline]');
  const row = [...log.querySelectorAll('article')].find(each => each.getBoundingClientRect().bottom > 200);
  window.anchor = row; return {top: log.scrollTop, y: row.getBoundingClientRect().top}; }"""
# As a reader does it: a hand at the wheel is what lets go of the end.
SCROLL = """by => { const log = document.querySelector('[data-testid=timeline]');
  log.dispatchEvent(new WheelEvent('wheel', {deltaY: by})); log.scrollTop += by; }"""
MOVED = """() => ({top: document.querySelector('[data-testid=timeline]').scrollTop,
  y: window.anchor.getBoundingClientRect().top})"""
FROM_END = """() => { const log = document.querySelector('[data-testid=timeline]');
  return log.scrollHeight - log.scrollTop - log.clientHeight; }"""
TYPE = """async () => { const field = document.querySelector('[data-testid=composer-input]'), waits = [];
  for (let n = 0; n < 25; n += 1) { const begin = performance.now();
    field.value += 'x'; field.dispatchEvent(new Event('input', {bubbles: true}));
    await new Promise(requestAnimationFrame); waits.push(performance.now() - begin);
    await new Promise(done => setTimeout(done, 40)); }
  return waits; }"""
LISTEN = """() => { window.said = [];
  const node = document.querySelector('[data-testid=live-announcer]');
  new MutationObserver(() => node.textContent && window.said.push([performance.now(), node.textContent]))
    .observe(node, {childList: true, characterData: true, subtree: true}); }"""


async def fill(agent: RawAgent, room: str, count: int, words: str) -> None:
    """Say a lot in a room, in order."""
    for start in range(0, count, 50):
        numbers = range(start, min(start + 50, count))
        await asyncio.gather(
            *(agent.say(f"{words} {number}", to_type="room", to_id=room) for number in numbers)
        )


async def test_b2_a_full_room_opens_fast(hall: Relay, crowd: dict[str, RawAgent], tab: OpenTab) -> None:
    await fill(crowd["ann"], "beta", FULL, "stored")
    console = await tab("/r/beta")
    page, last = console.page, f"stored {FULL - 1}"

    await page.goto(f"{hall.url}/dashboard/r/beta", wait_until="commit")
    await page.wait_for_selector("[data-testid=timeline] .rows")
    opening = float(await page.evaluate(SHOWN, last))
    longest = await longest_task(page)
    await crowd["ann"].say("short", to_type="room", to_id="gamma")
    await console.at("room-gamma").click()
    await console.sees("short")
    begin = float(
        await page.evaluate("document.querySelector('[data-testid=room-beta]').click(), performance.now()")
    )
    switch = float(await page.evaluate(SHOWN, last)) - begin

    note("B2", f"{FULL} messages: open in {opening:.0f} ms of {OPENING}, switch in {switch:.0f} of {SWITCH}")
    note("B2", f"longest task {longest:.0f} ms of {LONGEST}")
    assert opening <= OPENING * SLACK
    assert switch <= SWITCH * SLACK
    assert longest <= LONGEST * SLACK
    assert console.complaints == []


async def test_b8_nothing_moves_under_the_reader(crowd: dict[str, RawAgent], tab: OpenTab) -> None:
    await fill(crowd["ann"], "alpha", 300, "before")
    console = await tab()
    page = console.page
    await console.sees("before 299")
    await page.evaluate(SCROLL, -900)
    await expect(console.at("jump-latest")).to_be_visible()
    before = await page.evaluate(PLACE)
    begin = time.monotonic()
    await fill(crowd["bob"], "alpha", BURST, "burst")
    took = time.monotonic() - begin

    await expect(console.at("jump-latest")).to_contain_text(f"{BURST} new", timeout=20_000)
    after = await page.evaluate(MOVED)
    moved = max(abs(after["top"] - before["top"]), abs(after["y"] - before["y"]))
    await console.at("jump-latest").click()
    await page.wait_for_function(f"({FROM_END})() < 2")

    await page.evaluate(SCROLL, -1_500)
    older = await page.evaluate(PLACE)
    count = await page.locator("article.msg").count()
    await page.evaluate("document.querySelector('[data-testid=load-older]').click()")
    await page.wait_for_function(f"document.querySelectorAll('article.msg').length > {count}")
    await page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    slid = abs((await page.evaluate(MOVED))["y"] - older["y"])

    note("B8", f"{BURST} came in {took:.1f} s while scrolled up: moved {moved:.1f} px of 1")
    note("B8", f"an older page: moved {slid:.1f} px of 2")
    assert moved <= 1
    assert slid <= 2
    assert console.complaints == []


async def test_g1_a_burst_stops_nobody_and_g4_says_little(crowd: dict[str, RawAgent], tab: OpenTab) -> None:
    console = await tab()
    page = console.page
    await page.evaluate(LISTEN)
    await longest_task(page)
    _, typing = await asyncio.gather(fill(crowd["bob"], "alpha", BURST, "flood"), page.evaluate(TYPE))
    await console.sees(f"flood {BURST - 1}")
    await page.wait_for_function("window.said.length > 1", timeout=10_000)
    longest, said = await longest_task(page), await page.evaluate("window.said")
    apart = min(later[0] - sooner[0] for sooner, later in itertools.pairwise(said))

    typed = p95(typing)
    note(
        "G1",
        f"{BURST} at once: longest task {longest:.0f} ms of {BURST_LONGEST}, typing {typed:.0f} of {TYPING}",
    )
    note("G4", f"announcer: {len(said)} texts for {BURST} messages, {apart:.0f} ms apart at least")
    assert longest <= BURST_LONGEST * SLACK
    assert typed <= TYPING * SLACK
    assert apart >= 2_900
    assert console.complaints == []
