"""What the bars have in common: how a number is judged and kept, and how a page is measured from within."""

import os
import statistics
from collections.abc import Sequence

from playwright.async_api import Page

from e2e.forks import ROOT

SUMMARY = ROOT / "evidence" / "bars.txt"
# Beside other browsers a machine shows how busy it is, not how quick the console is: `make bars` runs alone.
SHARED = "PYTEST_XDIST_WORKER" in os.environ
SLACK = 6.0 if SHARED else 1.0

SEND = """(text) => new Promise(done => {
  const field = document.querySelector('[data-testid=composer-input]');
  field.value = text; field.dispatchEvent(new Event('input', {bubbles: true}));
  requestAnimationFrame(() => requestAnimationFrame(() => {
    const log = document.querySelector('[data-testid=timeline]'), begin = performance.now();
    const seen = new MutationObserver(() => { if (log.innerText.includes(text)) { seen.disconnect();
      requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - begin))); } });
    seen.observe(log, {subtree: true, childList: true});
    document.querySelector('[data-testid=composer-send]').click();
    setTimeout(() => done(9999), 5000); })); })"""
LONG_TASKS = """window.longTasks = [];
new PerformanceObserver(list => window.longTasks.push(...list.getEntries().map(each => each.duration)))
  .observe({type: 'longtask', buffered: true});"""
SHOWN = """(text) => new Promise(done => {
  const rows = document.querySelector('[data-testid=timeline] .rows');
  const look = () => rows.textContent.includes(text)
    ? requestAnimationFrame(() => done(performance.now())) : requestAnimationFrame(look);
  look(); })"""


def note(bar: str, words: str) -> None:
    """Print what was measured, and keep it."""
    line = f"{bar} {words}" + (" (beside other tests)" if SHARED else "")
    print(line)  # noqa: T201 - what a bar measures is its result
    SUMMARY.parent.mkdir(exist_ok=True)
    with SUMMARY.open("a", encoding="utf-8") as kept:
        kept.write(line + "\n")


def p95(values: Sequence[float]) -> float:
    """Return the value that 95 of 100 do not exceed."""
    return statistics.quantiles(values, n=20, method="inclusive")[18]


async def longest_task(page: Page) -> float:
    """Return the longest time, in ms, for which the page did not answer since it was last asked."""
    return float(await page.evaluate("Math.max(0, ...window.longTasks.splice(0))"))
