"""How fast each store is: rows and waits through the real journal, pages, and starts.

python -m bench.storage [--seconds 2] [--history 0,1000,100000] [--stores memory,json,sqlite,postgresql]
"""

import argparse
import asyncio
import hashlib
import json
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

from app.background import Background
from app.bus import Bus
from app.journal import Journal
from e2e.databases import empty_store
from e2e.relay import Relay
from protocol.audit import AuditEntry
from protocol.errors import Unavailable
from protocol.messages import Draft
from protocol.payloads import TextPayload
from storage.opening import StoreOptions, open_store
from storage.ports import Append, AppendAudit, Op, Store, Write

OPTIONS = StoreOptions(new_epoch="bench", keep_messages=1000, keep_bytes=4 * 1024 * 1024)
PRODUCERS = (1, 32)
FILL = 500
PAGES = 400
PAGE = 50
ROOMS = 20
READ_ROOMS = 5  # so that a thousand messages have full pages


@dataclass(frozen=True, slots=True)
class Appending:
    """What a message costs with so many producers; `audited` counts its audit record in."""

    store: str
    producers: int
    audited: bool
    rows_per_second: float
    cpu_us_per_row: float
    wait_p50_ms: float
    wait_p99_ms: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What a full page of 50 costs beside so many messages, and a start: from nothing to the first answer.

    `cpu` is the relay's own time on a processor, which says more where others use the machine too.
    """

    store: str
    messages: int
    page_p50_ms: float
    page_p99_ms: float
    open_ms: float
    start_ms: int
    start_cpu_ms: int
    start_after_kill_ms: int
    start_after_kill_cpu_ms: int


def main() -> None:
    """Measure, and print a table and a line of JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--history", default="0,1000,100000")
    parser.add_argument("--stores", default="memory,json,sqlite,postgresql")
    parser.add_argument("--folder", default=None, help="where the files go; default: a temporary folder")
    parser.add_argument("--reading", action="store_true", help="measure pages and starts only")
    chosen = parser.parse_args()
    results: list[Appending | Reading] = []
    for store in chosen.stores.split(","):
        if not chosen.reading:
            results += asyncio.run(_appending(store, chosen.seconds, chosen.folder))
        if store != "memory":
            results += [
                asyncio.run(_reading(store, int(size), chosen.folder)) for size in chosen.history.split(",")
            ]
    for result in results:
        print(_line(result))
    print(json.dumps([{"kind": type(result).__name__, **asdict(result)} for result in results]))


async def _appending(kind: str, seconds: float, folder: str | None) -> list[Appending]:
    results: list[Appending] = []
    for producers in PRODUCERS:
        for audited in (False, True):
            with empty_store(kind, folder) as (address, _):
                store = await open_store(address, OPTIONS)
                results.append(await _run(store, kind, producers, audited, seconds))
                await store.close()
    return results


async def _run(store: Store, kind: str, producers: int, audited: bool, seconds: float) -> Appending:
    waits: list[float] = []
    async with _journal(store) as journal:
        end = time.perf_counter() + seconds
        began, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(_produce(journal, at, audited, end, waits) for at in range(producers)))
        took, used = time.perf_counter() - began, time.process_time() - cpu
    waits.sort()
    return Appending(
        store=kind,
        producers=producers,
        audited=audited,
        rows_per_second=round(len(waits) / took),
        cpu_us_per_row=round(used / len(waits) * 1e6, 1),
        wait_p50_ms=_ms(waits, 0.5),
        wait_p99_ms=_ms(waits, 0.99),
    )


async def _produce(journal: Journal, number: int, audited: bool, end: float, waits: list[float]) -> None:
    for n in count():
        began = time.perf_counter()
        if began >= end:
            return
        append = _append(f"p{number}-{n}", room=f"room-{number % ROOMS}")
        ops: tuple[Op, ...] = (append, AppendAudit(_entry(append))) if audited else (append,)
        await journal.write(*ops)
        waits.append(time.perf_counter() - began)


async def _reading(kind: str, messages: int, folder: str | None) -> Reading:
    with empty_store(kind, folder) as (address, _):
        await _fill(address, messages)
        return await read(address, messages)


async def _fill(address: str, messages: int) -> None:
    store = await open_store(address, OPTIONS)
    for first in range(0, messages, FILL):
        await commit(store, [stored(n) for n in range(first, min(first + FILL, messages))])
    await store.close()


async def commit(store: Store, writes: list[Write]) -> None:
    """Store them, however long a busy machine lets it wait."""
    while True:
        try:
            await store.commit(writes)
        except Unavailable as error:
            # A machine that is busy elsewhere may let a commit run out of patience; again does no harm.
            await asyncio.sleep(error.retry_after or 0)
        else:
            return


async def read(address: str, messages: int) -> Reading:
    """Measure a store that was filled."""
    began = time.perf_counter()
    store = await open_store(address, OPTIONS)
    opening = time.perf_counter() - began
    waits = sorted([await _page(store, n) for n in range(PAGES)])
    await store.close()
    with tempfile.TemporaryDirectory(prefix="clawnet-bench-") as folder:
        relay = Relay(Path(folder), store=address)
        starts = [_start(relay), _start(relay)]
    return Reading(
        store=address.partition(":")[0],
        messages=messages,
        page_p50_ms=_ms(waits, 0.5),
        page_p99_ms=_ms(waits, 0.99),
        open_ms=round(opening * 1e3, 1),
        start_ms=starts[0][0],
        start_cpu_ms=starts[0][1],
        start_after_kill_ms=starts[1][0],
        start_after_kill_cpu_ms=starts[1][1],
    )


async def _page(store: Store, n: int) -> float:
    room = f"room-{n % READ_ROOMS}"
    began = time.perf_counter()
    # A step that is prime to every history walks all over it; no page is cut short by the room's end.
    page = await store.page(room, after=n * 7919 % max(1, store.bounds(room).head - PAGE + 1), limit=PAGE)
    took = time.perf_counter() - began
    assert len(page) in {0, PAGE}
    return took


def _start(relay: Relay) -> tuple[int, int]:
    """Start a relay, send it a message, kill it; return the milliseconds to the answer, and those of CPU."""
    began = time.perf_counter()
    relay.start()
    body = json.dumps({"to_type": "global", "to_id": "global", "text": "first"}).encode()
    headers = {"Authorization": f"Bearer {relay.token}", "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(f"{relay.url}/api/v1/messages", body, headers)):
        took = time.perf_counter() - began
    spent = relay.process.cpu_times()
    relay.kill()
    return round(took * 1e3), round((spent.user + spent.system) * 1e3)


def stored(n: int, room: str = "") -> tuple[Op, ...]:
    """Return what the relay stores for a message."""
    append = _append(f"m{n}", room=room or f"room-{n % READ_ROOMS}")
    return append, AppendAudit(_entry(append))


@asynccontextmanager
async def _journal(store: Store) -> AsyncIterator[Journal]:
    background = Background()
    journal = Journal(store=store, bus=Bus(), background=background)
    journal.start()
    yield journal
    await journal.close()
    await background.close()


def _append(key: str, room: str) -> Append:
    payload = TextPayload(text=f"{key}: " + "What a message says, about two hundred bytes of it. " * 4)
    draft = Draft(
        id=key,
        room=room,
        ts="2026-01-01T00:00:00.000Z",
        from_id="bench",
        from_handle="bench",
        to_type="room",
        to_id=room,
        payload=payload,
        dedupe_key=key,
    )
    return Append(draft, hashlib.sha256(key.encode()).digest(), 200)


def _entry(append: Append) -> AuditEntry:
    draft = append.draft
    return AuditEntry.model_construct(
        ts=draft.ts,
        actor=draft.from_id,
        via="socket",
        action="message.send",
        target=draft.room,
        result="ok",
        address=None,
        detail={"id": draft.id},
    )


def _ms(waits: list[float], share: float) -> float:
    return round(waits[int(len(waits) * share)] * 1e3, 2)


def _line(result: Appending | Reading) -> str:
    if isinstance(result, Appending):
        what = "message + audit" if result.audited else "message"
        speed = f"{result.rows_per_second:>8.0f} rows/s {result.cpu_us_per_row:>7.1f} µs CPU"
        waits = f"wait {result.wait_p50_ms:.2f}/{result.wait_p99_ms:.2f} ms"
        return f"{result.store:<11} {what:<15} {result.producers:>3} producers {speed}  {waits}"
    return (
        f"{result.store:<11} {result.messages:>9} messages  page of {PAGE} {result.page_p50_ms:.2f}/"
        f"{result.page_p99_ms:.2f} ms  open {result.open_ms:.0f} ms  "
        f"first answer {result.start_ms}/{result.start_cpu_ms} ms, "
        f"after a kill {result.start_after_kill_ms}/{result.start_after_kill_cpu_ms} ms (wall/CPU)"
    )


if __name__ == "__main__":
    main()
