"""At a pace that leaves room: how long messages take at half of the most, and what a fleet's reports take.

python -m bench.paced [--stores memory,sqlite] [--seconds 10] [--agents 1000] [--every 5]
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import uvloop
from typing_extensions import override

from bench.chat import share
from bench.links import Link, frame_of, links_of
from bench.load import cpu_of, measure
from bench.scenario import Run, Scenario
from bench.targets import ClawNet

RESULTS = Path(__file__).parent / "results" / "paced.json"
MOST = Scenario(name="room20", agents=20, senders=20, messages=200, depth=32)
REPORT = {"specs": {"cpu": 12.5, "ram": 40.0, "disk": 61.0, "version": "3.9.1"}, "running": []}


class Reporter(Link):
    """An agent that says how its machine is, and counts the bytes that it is told."""

    taken = 0

    @override
    def data_received(self, data: bytes) -> None:
        self.taken += len(data)
        super().data_received(data)

    @override
    def _answered(self, number: bytes, is_ok: bool, body: bytes) -> None:
        del number
        if not is_ok:
            self._fault(body.decode())

    def report(self) -> None:
        """Send a report that differs from the last one."""
        specs = REPORT["specs"] | {"cpu": time.monotonic() % 100}  # type: ignore[operator]
        self._transport.write(frame_of(b"421" + orjson.dumps(["report", REPORT | {"specs": specs}])))


def main() -> None:
    """Measure, print and save."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--stores", default="memory,sqlite")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--agents", type=int, default=1000)
    parser.add_argument("--every", type=float, default=5.0)
    chosen = parser.parse_args()
    figures: dict[str, object] = {}
    for store in chosen.stores.split(","):
        figures[f"half of the most, {store}"] = _with(store, lambda relay: _half(relay, chosen.seconds))
    figures["reports"] = _with(
        "memory", lambda relay: _reports(relay, chosen.agents, chosen.every, chosen.seconds)
    )
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n")


def _with(store: str, work: Callable[[ClawNet], Coroutine[Any, Any, dict[str, float]]]) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="clawnet-bench-") as folder:
        relay = ClawNet(store, Path(folder))
        relay.start()
        try:
            return uvloop.run(work(relay))
        finally:
            relay.stop()


async def _half(relay: ClawNet, seconds: float) -> dict[str, float]:
    await measure(relay, MOST, "warm")
    most = await measure(relay, MOST, "most")
    rate = most.messages / most.wall / 2
    each = max(1, int(rate * seconds / MOST.senders))
    paced = await measure(relay, replace(MOST, messages=each, rate=rate), "half")
    return {
        "messages_per_second": round(rate),
        "ack_p50_ms": share(paced.acks, 0.5),
        "ack_p99_ms": share(paced.acks, 0.99),
        "delivery_p50_ms": share(paced.waits, 0.5),
        "delivery_p99_ms": share(paced.waits, 0.99),
    }


async def _reports(relay: ClawNet, agents: int, every: float, seconds: float) -> dict[str, float]:
    run = Run(Scenario(name="reports", agents=agents, senders=0, messages=0, depth=1), "reports", relay)
    links = await links_of(run, agents, Reporter)
    await asyncio.sleep(1.0)
    idle, before = await _spent(relay, seconds), sum(link.taken for link in links)
    reporting = asyncio.create_task(_report(links, every))
    busy, told = await _spent(relay, seconds), sum(link.taken for link in links) - before
    reporting.cancel()
    assert not run.faults, run.faults[:3]
    return {
        "agents": agents,
        "reports_per_second": agents / every,
        "cpu_percent_without": round(idle * 100, 1),
        "cpu_percent": round(busy * 100, 1),
        "cpu_us_per_report": round((busy - idle) * every / agents * 1e6, 1),
        "bytes_out_per_second_and_agent": round(told / seconds / agents),
    }


async def _spent(relay: ClawNet, seconds: float) -> float:
    before = cpu_of(relay.process)
    await asyncio.sleep(seconds)
    return (cpu_of(relay.process) - before) / seconds


async def _report(links: list[Reporter], every: float) -> None:
    while True:
        for link in links:
            link.report()
            await asyncio.sleep(every / len(links))


if __name__ == "__main__":
    main()
