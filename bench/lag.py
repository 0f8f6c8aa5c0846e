"""How long the relay's event loop keeps others waiting while agents write, on each store.

python -m bench.lag [--stores memory,json,sqlite,postgresql] [--writers 16] [--rate 20] [--seconds 20]

A real relay with its console, watched from inside: every five milliseconds a task asks for its turn and notes
how late it got it. `--rate` is in messages per second and writer, 0 for as many as the relay answers. On a
machine that others use, most of that is theirs: `own` counts no more than the relay's processor time.
"""

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from clawnet import Agent
from e2e.databases import empty_store
from e2e.paces import UNLIMITED
from e2e.relay import Relay
from e2e.rest import Rest

EVERY = 0.005  # seconds between two looks
SETTLE = 1.0  # seconds after the start that do not count
WATCHED = "BENCH_LAG_FILE"  # the variable that tells a relay where to


@dataclass(frozen=True, slots=True)
class Lag:
    """How late the loop was in milliseconds, at so many messages per second."""

    store: str
    writers: int
    messages_per_second: float
    ack_p99_ms: float
    lag_p50_ms: float
    lag_p99_ms: float
    lag_max_ms: float
    own_p99_ms: float
    own_max_ms: float


class WatchedRelay(Relay):
    """A relay that writes down how late its loop is."""

    program = ("bench.lag", "--watched")


def main() -> None:
    """Measure, and print a line of text and one of JSON for each store; or be the relay that is watched."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--stores", default="memory,json,sqlite,postgresql")
    parser.add_argument("--writers", type=int, default=16)
    parser.add_argument("--rate", type=float, default=20.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--watched", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.watched:
        _serve()
        return
    for kind in chosen.stores.split(","):
        with empty_store(kind) as (address, _), _relay(address) as (relay, file):
            began, ended, waits = asyncio.run(_load(relay, chosen.writers, chosen.rate, chosen.seconds))
            relay.stop()
            result = _lag(kind, chosen.writers, ended - began, waits, _looks(file, began, ended))
        print(
            f"{kind:<11} {result.writers} writers {result.messages_per_second:>5.0f} messages/s  "
            f"ack p99 {result.ack_p99_ms:.1f} ms  "
            f"lag {result.lag_p50_ms:.2f}/{result.lag_p99_ms:.2f}/{result.lag_max_ms:.1f} ms (p50/p99/max), "
            f"own {result.own_p99_ms:.2f}/{result.own_max_ms:.1f} ms (p99/max)"
        )
        print(json.dumps(asdict(result)))


@contextmanager
def _relay(address: str) -> Iterator[tuple[Relay, Path]]:
    with tempfile.TemporaryDirectory(prefix="clawnet-lag-") as folder:
        file = Path(folder) / "lags"
        os.environ[WATCHED] = str(file)
        relay = WatchedRelay(Path(folder), store=address, **UNLIMITED).start()
        try:
            yield relay, file
        finally:
            relay.kill()


async def _load(relay: Relay, writers: int, rate: float, seconds: float) -> tuple[float, float, list[float]]:
    """Let agents write and listen; return begin, end, and the waits for acknowledgements."""
    waits: list[float] = []
    async with AsyncExitStack() as stack:
        rest = await stack.enter_async_context(Rest(relay.url, relay.token))
        tokens = [await rest.enrol(f"writer-{number}") for number in range(writers)]
        agents = [await stack.enter_async_context(Agent(relay.url, token=token)) for token in tokens]
        await asyncio.sleep(SETTLE)
        began = time.monotonic()
        await asyncio.gather(
            *(_write(agent, rate, began + seconds, at / writers, waits) for at, agent in enumerate(agents))
        )
        ended = time.monotonic()
    return began, ended, waits


async def _write(agent: Agent, rate: float, end: float, share: float, waits: list[float]) -> None:
    period = 1 / rate if rate else 0.0
    begin = time.monotonic() + share * period
    for number in count():
        await asyncio.sleep(max(0.0, begin + number * period - time.monotonic()))
        if (sent_at := time.monotonic()) >= end:
            return
        await agent.send(
            "global", f"message {number}: what an agent says, about a hundred bytes of it, or so"
        )
        waits.append(time.monotonic() - sent_at)


def _looks(file: Path, began: float, ended: float) -> list[tuple[float, float]]:
    looks: list[tuple[float, float, float]] = json.loads(file.read_text())
    return [(lag, own) for at, lag, own in looks if began <= at <= ended]


def _lag(kind: str, writers: int, took: float, waits: list[float], looks: list[tuple[float, float]]) -> Lag:
    waits.sort()
    lags, owns = (sorted(values) for values in zip(*looks, strict=True))
    return Lag(
        store=kind,
        writers=writers,
        messages_per_second=round(len(waits) / took, 1),
        ack_p99_ms=_ms(waits, 0.99),
        lag_p50_ms=_ms(lags, 0.5),
        lag_p99_ms=_ms(lags, 0.99),
        lag_max_ms=_ms(lags, 1.0),
        own_p99_ms=_ms(owns, 0.99),
        own_max_ms=_ms(owns, 1.0),
    )


def _ms(values: list[float], share: float) -> float:
    return round(values[min(int(len(values) * share), len(values) - 1)] * 1e3, 2)


def _serve() -> None:
    """Be a relay whose loop is watched."""
    from app import main as relay  # noqa: PLC0415 - only the relay's own process needs it
    from app.settings import Settings  # noqa: PLC0415

    looks: list[tuple[float, float, float]] = []
    watches: list[asyncio.Task[None]] = []
    build = relay.build

    async def watched(*given: Any, **named: Any) -> ASGIApp:
        watches.append(asyncio.create_task(_watch(looks)))
        return await build(*given, **named)

    relay.build = watched
    relay.serve(Settings())
    Path(os.environ[WATCHED]).write_text(json.dumps(looks))


async def _watch(looks: list[tuple[float, float, float]]) -> None:
    while True:
        due, spent = time.monotonic() + EVERY, time.process_time()
        await asyncio.sleep(EVERY)
        now = time.monotonic()
        lag = max(0.0, now - due)
        looks.append((now, lag, min(lag, time.process_time() - spent)))


if __name__ == "__main__":
    main()
