"""Bars of work: one live card a task (B10), and colours that can be told apart (G3)."""

import asyncio

import pytest
from playwright.async_api import expect

from clawnet import Agent, TaskDispatched
from components.theme import CONTRAST, DARK, EDGE_PAIRS, LIGHT, TEXT_PAIRS, contrast
from e2e.agents import RawAgent
from e2e.bars.conftest import OpenTab
from e2e.bars.measure import note
from e2e.relay import Relay
from e2e.rest import Rest
from e2e.workers import QUICK

pytestmark = pytest.mark.asyncio(loop_scope="module")
SOON = 15_000
LISTEN = """() => { window.said = []; window.states = [];
  const node = document.querySelector('[data-testid=live-announcer]');
  new MutationObserver(() => node.textContent && window.said.push(node.textContent))
    .observe(node, {childList: true, characterData: true, subtree: true}); }"""
KEEP = """card => { window.card = card; card.querySelector('a').focus();
  window.top0 = document.querySelector('[data-testid=timeline]').scrollTop;
  new MutationObserver(() => window.states.at(-1) === card.dataset.state ||
      window.states.push(card.dataset.state))
    .observe(card, {attributes: true, attributeFilter: ['data-state']}); }"""
KEPT = """() => ({same: window.card.isConnected, focus: window.card.contains(document.activeElement),
  moved: Math.abs(document.querySelector('[data-testid=timeline]').scrollTop - window.top0),
  states: window.states,
  cards: document.querySelectorAll('.card').length, said: window.said})"""
ON = ("bg", "s1", "s2")
TEXTS = ("text", "muted", "subtle", "accent", "ok", "warn", "err", *(f"nick{number}" for number in range(8)))
# The reader looks at the card, not at the end of the room.
LOOK = """card => { const log = document.querySelector('[data-testid=timeline]');
  log.dispatchEvent(new WheelEvent('wheel', {deltaY: -100})); card.scrollIntoView({block: 'center'});
  return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))); }"""


async def test_b10_a_card_stays_where_it_is_from_the_queue_to_the_end(hall: Relay, tab: OpenTab) -> None:
    async with Rest(hall.url, hall.token) as rest:
        worker = Agent(hall.url, token=await rest.enrol("may"), pace=QUICK)
        await rest.http.post("/api/v1/rooms", json={"id": "delta", "members": ["may"]})
        console = await tab("/r/delta")
        await console.page.evaluate(LISTEN)
        await console.say("/ask @may go on for a while")
        card = console.page.locator(".card")
        await expect(card).to_have_attribute("data-state", "queued", timeout=SOON)
        for number in range(40):
            await rest.say(f"line {number}", to_type="room", to_id="delta")
        await console.sees("line 39")
    await card.evaluate(LOOK)
    await card.evaluate(KEEP)
    taken: asyncio.Queue[TaskDispatched] = asyncio.Queue()
    worker.on_task(taken.put)
    async with worker:
        order = await asyncio.wait_for(taken.get(), 15)
        await expect(card).to_have_attribute("data-state", "dispatched", timeout=SOON)
        await worker.task_ack(order.task.id, order.lease)
        await expect(card).to_have_attribute("data-state", "running", timeout=SOON)
        await worker.task_progress(order.task.id, order.lease, text="half of it", percent=50)
        await expect(console.at(f"task-output-{order.task.id}")).to_have_text("half of it", timeout=SOON)
        await worker.task_result(order.task.id, order.lease, "succeeded", output="all of it")
        await expect(card).to_have_attribute("data-state", "succeeded", timeout=SOON)
        await console.page.wait_for_function(
            "window.said.some(text => text.includes('succeeded after'))", timeout=10_000
        )
    kept = await console.page.evaluate(KEPT)

    assert (kept["same"], kept["focus"], kept["cards"]) == (True, True, 1)
    assert kept["states"] == ["dispatched", "running", "succeeded"]
    assert sum("succeeded after" in text for text in kept["said"]) == 1
    assert kept["moved"] <= 1
    note("B10", f"one node from queued to succeeded; focus kept, scrolled by {kept['moved']:.0f} px of 1")
    assert console.complaints == []


async def test_b10_a_task_is_one_card_that_lives(
    hall: Relay, crowd: dict[str, RawAgent], tab: OpenTab
) -> None:
    assert crowd
    async with Rest(hall.url, hall.token) as rest:
        worker = Agent(hall.url, token=await rest.enrol("max"), pace=QUICK)
    taken: list[TaskDispatched] = []

    @worker.on_task
    async def take(order: TaskDispatched) -> None:
        taken.append(order)

    async with worker:
        console = await tab("/dm/max")
        await console.page.evaluate(LISTEN)
        await console.say("/ask go on for a while")
        card = console.page.locator(".card")
        await expect(card).to_have_attribute("data-state", "dispatched", timeout=SOON)
        await card.evaluate(KEEP)
        order = taken[0]
        await worker.task_ack(order.task.id, order.lease)
        await expect(card).to_have_attribute("data-state", "running", timeout=SOON)
        await worker.task_progress(order.task.id, order.lease, text="half of it", percent=50)
        await expect(console.at(f"task-output-{order.task.id}")).to_have_text("half of it", timeout=SOON)

        await console.at(f"task-cancel-{order.task.id}").focus()
        await console.page.keyboard.press("Enter")
        await console.page.keyboard.press("Enter")
        await expect(card).to_have_attribute("data-state", "cancelling", timeout=SOON)
        await worker.send("@operator", "nothing is confirmed yet")
        await console.sees("nothing is confirmed yet")
        assert "Cancelled" not in await card.inner_text()
        await worker.task_result(order.task.id, order.lease, "cancelled")
        await expect(card).to_have_attribute("data-state", "cancelled", timeout=SOON)
        ended = "window.said.filter(text => text.includes('cancelled after')).length"
        await console.page.wait_for_function(ended, timeout=10_000)
        kept = await console.page.evaluate(KEPT)

    assert kept["same"]
    assert kept["focus"]
    assert kept["cards"] == 1
    assert kept["states"] == ["running", "cancelling", "cancelled"]
    assert sum("cancelled after" in text for text in kept["said"]) == 1
    note("B10", "one node through dispatched, running, cancelling and cancelled; focus kept, 1 announcement")
    assert console.complaints == []


async def test_g3_colours_can_be_told_apart() -> None:
    themes = (DARK, LIGHT, CONTRAST)
    inks = {*TEXT_PAIRS, *((one, on) for one in TEXTS for on in ON)}
    pairs = [(theme[one], theme[on]) for theme in themes for one, on in inks]
    controls = [(theme[one], theme[on]) for theme in themes for one, on in EDGE_PAIRS]

    text = min(contrast(*each) for each in pairs)
    control = min(contrast(*each) for each in controls)
    note(
        "G3",
        f"{len(pairs)} pairs of text: {text:.2f} of 4.5; {len(controls)} of controls: {control:.2f} of 3",
    )
    assert text >= 4.5
    assert control >= 3
