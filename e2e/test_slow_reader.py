"""A slow reader: one that has stopped costs little, is cut off, and gets everything on its return."""

import asyncio
import contextlib
import logging
import signal
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any, Self

import psutil
from typing_extensions import override
from websockets.exceptions import ConnectionClosed

from e2e.conftest import StartRelay
from e2e.crowd import LightAgent, Traffic
from e2e.paces import UNLIMITED
from e2e.puppet import Puppet
from e2e.rawsocket import RawSocket
from e2e.rest import Rest

PER_SECOND = 500
TEXT = "x" * 2000
PHASE = 9.0  # seconds, with all readers at work and then with one of them stopped
MEMORY = 8 * 1024 * 1024  # bytes that the stopped reader may cost, on top of what the traffic costs
GONE = 30.0  # seconds in which its socket must be given back
log = logging.getLogger("e2e")


class Stoppable(Puppet):
    """A reader that can be stopped and goes on."""

    @override
    async def __aenter__(self) -> Self:
        await super().__aenter__()
        await self.until(lambda: self.said)
        return self

    @property
    def offsets(self) -> list[int]:
        """Return the offsets it heard, in that order."""
        return [line["offset"] for line in self.said if "offset" in line]

    @property
    def ports(self) -> list[int]:
        """Return its own ends of its connections."""
        return [link.laddr.port for link in psutil.Process(self.process.pid).net_connections("tcp")]

    def signal(self, which: signal.Signals) -> None:
        """Stop, continue or kill it."""
        self.process.send_signal(which)

    @override
    async def _end(self) -> None:
        self.signal(signal.SIGKILL)
        await self.process.wait()


async def test_a_stopped_reader_costs_little_is_cut_off_and_gets_what_is_kept(
    start_relay: StartRelay, stack: AsyncExitStack
) -> None:
    # With so wide a window it is the buffer that must hold the relay back.
    relay = start_relay(**UNLIMITED, ack_timeout=1.0, window=4096)
    operator = await stack.enter_async_context(Rest(relay.url, relay.token))
    sender, healthy = [
        await stack.enter_async_context(LightAgent(relay.url, await operator.enrol(name)))
        for name in ("sender", "healthy")
    ]
    slow = await stack.enter_async_context(
        Stoppable(sys.executable, "-m", "e2e.stoppable_reader", relay.url, await operator.enrol("slow"))
    )
    (port,) = slow.ports
    assert is_linked(relay.process, port)

    async with Traffic(sender, "global", TEXT, PER_SECOND) as traffic:
        await healthy.has_heard("global", 3 * PER_SECOND)
        control = await growth(relay.process, PHASE)
        normal = len(traffic.waits)
        slow.signal(signal.SIGSTOP)
        stopped = await growth(relay.process, PHASE)
        await until(lambda: cuts(relay.records()), GONE)
        gone = await until(lambda: not is_linked(relay.process, port), GONE)
        slow.signal(signal.SIGCONT)
    await healthy.has_heard("global", traffic.count)
    await slow.until(lambda: slow.offsets[-1] == traffic.count)

    figures = {
        "control_kib": control // 1024,
        "stopped_kib": stopped // 1024,
        "gone_after_s": round(PHASE + gone, 1),
        "ack_p99_normal_ms": p99(traffic.waits[:normal]),
        "ack_p99_stopped_ms": p99(traffic.waits[normal:]),
    }
    log.info("slow reader: %s", figures)
    assert stopped - control <= MEMORY, figures
    assert [offset for offset, _ in healthy.heard["global"]] == list(range(1, traffic.count + 1))
    assert healthy.repeats == 0
    # The reader is told what is gone; everything else came, in order and once.
    gaps = [line["gap"] for line in slow.said if "gap" in line]
    told = {offset for since, oldest in gaps for offset in range(since, oldest)}
    assert slow.offsets == [offset for offset in range(1, traffic.count + 1) if offset not in told]
    counted = (await operator.http.get("/metrics")).text
    for line in (
        'clawnet_disconnects_total{reason="slow_reader"}',
        "clawnet_slow_consumer_disconnects_total",
    ):
        assert f"{line} 1.0\n" in counted


async def test_a_client_that_asks_without_reading_costs_little_and_is_cut_off(
    start_relay: StartRelay, stack: AsyncExitStack
) -> None:
    relay = start_relay(**UNLIMITED, heartbeat=3.0)
    operator = await stack.enter_async_context(Rest(relay.url, relay.token))
    for _ in range(200):
        await operator.say("x" * 15_000)
    deaf = await stack.enter_async_context(RawSocket(relay.url))
    await deaf.join(await operator.enrol("deaf"))
    deaf.stop_reading()

    asking = asyncio.create_task(ask_for_ever(deaf))
    grown = await growth(relay.process, 5.0)
    gone = await until(lambda: not is_linked(relay.process, deaf.port), GONE)
    await asking

    log.info("deaf client: %d KiB, gone after %.1f s", grown // 1024, 5 + gone)
    # One page of history is 3 MB; a handful of them may be under way at once.
    assert grown <= 4 * MEMORY
    assert (await operator.say("the relay goes on"))["offset"] == 201


async def ask_for_ever(deaf: RawSocket) -> None:
    """Ask for pages of history until the relay hangs up."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            await deaf.send(*['427["chat_history",{"room":"global","limit":200}]'] * 20)
            await asyncio.sleep(0.05)


async def growth(process: psutil.Process, seconds: float) -> int:
    """Return how many bytes the process grew at most within so many seconds."""
    begin, peak = process.memory_info().rss, 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        peak = max(peak, process.memory_info().rss)
        await asyncio.sleep(0.1)
    return peak - begin


async def until(look: Callable[[], Any], within: float) -> float:
    """Look again and again until something is found; return the seconds that took."""
    begin = time.monotonic()
    while not look():
        assert time.monotonic() - begin < within, "it did not happen in time"
        await asyncio.sleep(0.1)
    return time.monotonic() - begin


def is_linked(process: psutil.Process, port: int) -> bool:
    """Tell whether the process holds a socket whose other end is this port."""
    return any(link.raddr[1:] == (port,) for link in process.net_connections("tcp"))


def cuts(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the log's lines about the slow reader."""
    return [each for each in records if each.get("reason") == "slow_reader" and each["agent"] == "slow"]


def p99(waits: list[float]) -> float:
    """Return the 99th percentile in milliseconds."""
    return round(1000 * statistics.quantiles(waits, n=100)[98], 1)
