"""Bars of hands: few keys lead to the composer and to an approval (B3), the page fits every width (B5)."""

import pytest
from playwright.async_api import expect

from e2e.agents import RawAgent
from e2e.bars.conftest import OpenTab
from e2e.bars.measure import note
from e2e.forks import ROOT
from e2e.relay import Relay
from e2e.rest import Rest

pytestmark = pytest.mark.asyncio(loop_scope="module")
EVIDENCE = ROOT / "evidence"
WIDTHS = (320, 360, 768, 1024, 1440)
HEIGHT = 740
VIEWS = {"f": "fleet", "o": "ops", "l": "logs", "a": "logs", "s": "settings", "c": "chat"}
PATHS = ("/fleet", "/ops", "/logs", "/audit", "/settings")
SMALL = """() => [...document.querySelectorAll('a, button, input, select, textarea, [role=option]')]
  .filter(each => each.checkVisibility({opacityProperty: true, visibilityProperty: true}))
  .filter(each => !each.matches('.skip, .spoken'))
  .filter(each => getComputedStyle(each).display !== 'inline' && !each.closest('label'))
  .map(each => [each.getBoundingClientRect(), each.outerHTML.slice(0, 120)])
  .filter(([box]) => box.width && (box.width < 23.9 || box.height < 23.9))
  .map(([box, html]) => `${box.width}x${box.height} ${html}`)"""


async def test_b3_few_keys_lead_to_the_composer(crowd: dict[str, RawAgent], tab: OpenTab) -> None:
    assert crowd
    wide = await tab(width=1024)
    await expect(wide.at("composer-input")).to_be_focused()
    for path in PATHS:
        await wide.page.goto(wide.page.url.split("/dashboard")[0] + f"/dashboard{path}")
        await expect(wide.page.get_by_role("heading", level=2).first).to_be_visible()
        await wide.page.keyboard.press("c")
        await expect(wide.at("composer-input")).to_be_focused()

    small = await tab(width=800)
    await expect(small.at("composer-input")).not_to_be_focused()
    await small.page.keyboard.press("Tab")
    await small.page.keyboard.press("Enter")
    await expect(small.at("composer-input")).to_be_focused()
    note("B3", f"keys to the composer: 0 when wide, 2 when narrow, 1 (c) from {len(PATHS)} views")
    assert wide.complaints == small.complaints == []


async def test_b3_five_keys_approve_a_task_from_any_view(
    hall: Relay, crowd: dict[str, RawAgent], tab: OpenTab
) -> None:
    assert crowd
    console, most = await tab(), 0
    async with Rest(hall.url, hall.token) as operator:
        for letter, view in VIEWS.items():
            for key in ("Escape", "g", letter):
                await console.page.keyboard.press(key)
            await expect(console.at("app-shell")).to_have_attribute("data-view", view)
            await operator.say(f"/do @eve look at {view} {letter}")
            await expect(console.at("needs-you")).to_have_attribute("data-count", "1", timeout=15_000)
            keys = ["Escape"] if view == "chat" else []  # the composer has the focus there
            keys += ["u", "Tab", "Enter", "Enter"]
            for key in keys:
                await console.page.keyboard.press(key)
            await expect(console.at("needs-you")).to_have_attribute("data-count", "0", timeout=15_000)
            most = max(most, len(keys))
    note("B3", f"keys to approve a waiting task: at most {most} of 5, from {len(VIEWS)} views")
    assert most <= 5


async def test_b5_the_page_fits_every_width(crowd: dict[str, RawAgent], tab: OpenTab) -> None:
    await crowd["ann"].say("a fence\n```text\n" + "wide " * 60 + "\n```", to_type="room", to_id="alpha")
    console = await tab()
    for width in WIDTHS:
        await console.page.set_viewport_size({"width": width, "height": HEIGHT})
        assert await console.fits(), width
        box = await console.at("composer-input").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= HEIGHT, width
        assert await console.page.evaluate(SMALL) == [], width
    # Text of twice the size on the same screen is a page of half the width.
    large = await tab(width=640, height=400, device_scale_factor=2)
    assert await large.fits()
    await large.page.evaluate("document.documentElement.style.setProperty('--zoom', 18 / 14)")
    assert await large.fits()
    note("B5", f"fits, composer in sight, targets of 24 px at {', '.join(map(str, WIDTHS))}; text at 200 %")
    assert console.complaints == []


async def test_the_mission_by_keyboard_alone(hall: Relay, crowd: dict[str, RawAgent], tab: OpenTab) -> None:
    console = await tab("")
    for key in ("Control+k", "#", "a", "l", "p", "h", "a", "Enter"):
        await console.page.keyboard.press(key)
    await expect(console.at("composer-input")).to_have_attribute("placeholder", "Message #alpha")
    await expect(console.at("composer-input")).to_be_focused()
    await console.page.keyboard.type("ping by key")
    await console.page.keyboard.press("Enter")
    await _answered(hall, crowd, "ping by key")

    await console.sees("ping by key")
    await console.sees("echo: ping by key")
    EVIDENCE.mkdir(exist_ok=True)
    await console.page.screenshot(path=EVIDENCE / "chat-alpha-keyboard.png")
    assert console.complaints == []


async def test_the_mission_by_touch_on_a_phone(hall: Relay, crowd: dict[str, RawAgent], tab: OpenTab) -> None:
    console = await tab("", width=360, height=HEIGHT, has_touch=True, is_mobile=True)
    await console.at("open-sidebar").tap()
    await console.at("room-alpha").tap()
    await expect(console.at("composer-input")).to_have_attribute("placeholder", "Message #alpha")
    await console.at("composer-input").tap()
    await console.at("composer-input").fill("ping by touch")
    await console.at("composer-send").tap()
    await _answered(hall, crowd, "ping by touch")

    await console.sees("ping by touch")
    await console.sees("echo: ping by touch")
    assert await console.fits()
    EVIDENCE.mkdir(exist_ok=True)
    await console.page.screenshot(path=EVIDENCE / "chat-alpha-touch.png")
    assert console.complaints == []


async def _answered(hall: Relay, crowd: dict[str, RawAgent], text: str) -> None:
    assert hall.is_running
    await crowd["ann"].until(lambda: text in crowd["ann"].texts("alpha"))
    await crowd["ann"].say(f"echo: {text}", to_type="room", to_id="alpha")
