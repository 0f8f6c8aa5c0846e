"""What stands still: what idle connections take, how fast they come, and how fast what was missed is read.

python -m bench.standing [--connections 1000] [--missed 2000] [--readers 20] [--store memory]
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

import uvloop
from typing_extensions import override

from bench.links import Link, links_of
from bench.load import cpu_of, measure
from bench.scenario import Run, Scenario
from bench.targets import ClawNet, make

RESULTS = Path(__file__).parent / "results" / "standing.json"
SETTLED = 3.0  # seconds after which what a connect took for the moment is given back


class Reader(Link):
    """An agent that only counts what it is told of one room."""

    told = 0

    @override
    def _text(self, text: str) -> None:
        del text
        self.told += 1
        self._run.heard += 1
        self._run.changed.set()


def main() -> None:
    """Measure, print and save."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--missed", type=int, default=2000)
    parser.add_argument("--readers", type=int, default=20)
    parser.add_argument("--store", default="memory")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="clawnet-bench-") as folder:
        target = make(f"clawnet:{chosen.store}", Path(folder))
        assert isinstance(target, ClawNet)
        target.start()
        try:
            figures = uvloop.run(_all(target, chosen.connections, chosen.missed, chosen.readers))
        finally:
            target.stop()
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"store": chosen.store} | figures, indent=1) + "\n")


async def _all(target: ClawNet, connections: int, missed: int, readers: int) -> dict[str, object]:
    replay = await _replay(target, missed, readers)
    return replay | await _idle(target, connections)


async def _idle(target: ClawNet, count: int) -> dict[str, object]:
    await asyncio.to_thread(target.tokens, count)
    run = Run(Scenario(name="idle", agents=count, senders=0, messages=0, depth=1), "idle", target)
    before, began = target.process.memory_info().rss, time.perf_counter()
    spent = cpu_of(target.process)
    links = await links_of(run, count, Link)
    took, spent = time.perf_counter() - began, cpu_of(target.process) - spent
    await asyncio.sleep(SETTLED)
    grown = target.process.memory_info().rss - before
    for link in links:
        link.close()
    return {
        "idle_connections": count,
        "kb_per_idle_connection": round(grown / count / 1024, 1),
        "connects_per_second": round(count / took),
        "cpu_ms_per_connect": round(spent / count * 1e3, 2),
    }


async def _replay(target: ClawNet, missed: int, readers: int) -> dict[str, object]:
    # All are known before the first word, so that everything is missed by everybody.
    await asyncio.to_thread(target.tokens, readers + 1)
    scenario = Scenario(name="missed", agents=1, senders=1, messages=missed, depth=32)
    await measure(target, scenario, "missed")
    run = Run(scenario, "missed", target)
    began = time.perf_counter()
    links = await links_of(run, readers, Reader, first=1, at_once=readers)
    async with asyncio.timeout(120):
        while min(link.told for link in links) < missed:
            run.changed.clear()
            await run.changed.wait()
    took = time.perf_counter() - began
    for link in links:
        link.close()
    assert not run.faults, run.faults[:3]
    return {"missed": missed, "readers": readers, "replay_seconds": round(took, 2)}


if __name__ == "__main__":
    main()
