"""A load: one scenario against one server, and what it took of a processor."""

import asyncio
import sys
import time

import psutil

from bench.links import PATIENCE, RECEIPT_EVERY, IrcLink, Link, links_of
from bench.scenario import Measured, Run, Scenario
from bench.targets import Target


async def measure(target: Target, scenario: Scenario, label: str) -> Measured:
    """Run a scenario once.

    Raises:
        AssertionError: something was lost, doubled, out of order or not what was said.
    """
    run = Run(scenario, label, target)
    kind = IrcLink if target.speaks == "irc" else Link
    links = await links_of(run, scenario.agents, kind, at_once=1)
    await _quiet(target.process)
    before, began = cpu_of(target.process), time.perf_counter()
    for link in links[: scenario.senders]:
        link.start()
    senders = links[: scenario.senders]
    async with asyncio.timeout(PATIENCE):
        while not run.faults and (run.heard < run.expected() or not all(link.is_done for link in senders)):
            run.changed.clear()
            await run.changed.wait()
    wall = time.perf_counter() - began
    # What the server still has to do for these messages counts as well: receipts, cursors, its own queues.
    await asyncio.sleep(2 * RECEIPT_EVERY)
    cpu = cpu_of(target.process) - before
    for link in links:
        link.close()
    assert not run.faults, run.faults[:3]
    assert run.heard == run.expected()
    await asyncio.sleep(0.2)
    return Measured(
        scenario.senders * scenario.messages, run.heard, cpu, wall, run.acks, run.waits, run.repeats
    )


async def _quiet(process: psutil.Process) -> None:
    """Wait until the server has nothing left of what came before."""
    for _ in range(100):
        before = cpu_of(process)
        await asyncio.sleep(0.2)
        if cpu_of(process) - before <= 0.01:
            return


def cpu_of(process: psutil.Process) -> float:
    """Return the seconds of CPU that a server has taken."""
    # Some programs are started by another one that waits for them.
    return sum(map(_cpu_of, (process, *process.children(recursive=True))))


def _cpu_of(process: psutil.Process) -> float:
    if not sys.platform.startswith("linux"):
        times = process.cpu_times()
        return float(times.user + times.system)
    # What `clock_getcpuclockid` returns: in nanoseconds, where `cpu_times` counts hundredths of a second.
    return time.clock_gettime(~process.pid << 3 | 2)
