"""Kill the relay again and again under eight writers, and check that no promise was broken.

`python -m e2e.crash.rounds --store sqlite --rounds 200 --acks 300` prints one line of JSON, and exits with 1
when anything was lost, stored twice or left a gap.
"""

import argparse
import asyncio
import json
import random
import sqlite3
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from e2e.crash.writers import Diary, Writer
from e2e.databases import empty_store
from e2e.relay import Relay
from e2e.rest import Rest

WRITERS = 8
UNHURRIED = dict.fromkeys(("rate_chat", "rate_chat_burst", "rate_events", "rate_events_burst"), 1_000_000)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found after the last round; all but `rounds`, `acked` and `stored` must be nothing."""

    store: str
    rounds: int
    acked: int
    stored: int
    lost: int
    moved: int
    twice: int
    unexpected: int
    gaps: int
    integrity: str = "ok"

    @property
    def holds(self) -> bool:
        """Tell whether every promise was kept."""
        faults = self.lost, self.moved, self.twice, self.unexpected, self.gaps
        return not any(faults) and self.integrity == "ok"


def on_store(address: str, folder: Path, rounds: int, acks: int, seed: int) -> Verdict:
    """Run the rounds with a relay in `folder`."""
    relay = Relay(folder, store=address, **UNHURRIED)
    try:
        return asyncio.run(run(address, relay, rounds=rounds, acks=acks, seed=seed))
    finally:
        relay.kill()


async def run(address: str, relay: Relay, *, rounds: int, acks: int, seed: int) -> Verdict:
    """Run some rounds on the store at `address`; each ends after about `acks` acknowledgements."""
    dice = random.Random(seed)
    diary = Diary()
    await asyncio.to_thread(relay.start)
    writers = await enrol(relay, diary)
    for round_number in range(rounds):
        if round_number:
            await asyncio.to_thread(relay.restart)
        await write_until_killed(relay, writers, diary, dice.randint(acks // 2, acks * 3 // 2))
    await asyncio.to_thread(relay.restart)
    async with Rest(relay.url, relay.token) as rest:
        stored = await rest.history("global")
    await asyncio.to_thread(relay.stop)
    return _judge(address, rounds, diary, stored)


async def enrol(relay: Relay, diary: Diary) -> list[Writer]:
    async with Rest(relay.url, relay.token) as rest:
        return [
            Writer(f"w{n}", await rest.enrol(f"writer-{n}"), diary, over_rest=n % 2 == 1)
            for n in range(WRITERS)
        ]


async def write_until_killed(relay: Relay, writers: list[Writer], diary: Diary, acks: int) -> None:
    diary.enough.clear()
    diary.wanted = len(diary.promised) + acks
    async with asyncio.TaskGroup() as group:
        for writer in writers:
            group.create_task(writer.write(relay.url))
        async with asyncio.timeout(60):
            await diary.enough.wait()
        relay.kill()


def _judge(address: str, rounds: int, diary: Diary, stored: list[dict[str, Any]]) -> Verdict:
    found = {message["id"]: message["offset"] for message in stored}
    said = Counter(message["id"] for message in stored if message["payload"]["kind"] == "text")
    return Verdict(
        store=address.partition(":")[0],
        rounds=rounds,
        acked=len(diary.promised),
        stored=len(stored),
        lost=len(diary.promised.keys() - found.keys()),
        moved=len(diary.broken_promises)
        + sum(found.get(message_id, offset) != offset for message_id, offset in diary.promised.items()),
        twice=sum(count > 1 for count in said.values()),
        unexpected=len(said.keys() - diary.asked),
        gaps=sum(message["offset"] != at for at, message in enumerate(stored, 1)),
        integrity=_integrity(address),
    )


def _integrity(address: str) -> str:
    kind, _, path = address.partition(":")
    if kind != "sqlite":
        return "ok"
    connection = sqlite3.connect(path)
    (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
    connection.close()
    return str(verdict)


def main() -> None:
    """Run the rounds that the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--store", choices=["json", "sqlite", "postgresql"], required=True)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--acks", type=int, default=300, help="acknowledgements of a round, more or less")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with empty_store(chosen.store) as (address, folder):
        verdict = on_store(address, folder / "relay", chosen.rounds, chosen.acks, chosen.seed)
    sys.stdout.write(json.dumps(asdict(verdict)) + "\n")
    sys.exit(not verdict.holds)


if __name__ == "__main__":
    main()
