"""Look over the relay's shoulder: no client hears of a message before the file that holds it is on disk.

`python -m e2e.crash.syncs --store sqlite --acks 200` runs writers against a relay under `strace` and prints
one line of JSON; it exits with 1 when an answer left before its sync. Needs root, or sudo without a password.
"""

import argparse
import asyncio
import json
import re
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from e2e.crash.rounds import UNHURRIED, enrol, write_until_killed
from e2e.crash.tracing import Judge, traced
from e2e.crash.writers import Diary
from e2e.databases import empty_store
from e2e.relay import Relay

# A writer's text in a file, and the id in an answer or a push; strace puts a backslash before their quotes.
MENTION = re.compile(r'(?:\\"|what )(w\d+-\d+)(?: says|\\",\\"room)')


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was seen: answers and pushes of `told` messages, none of them `early`."""

    store: str
    acked: int
    told: int
    early: int
    syncs: int

    @property
    def holds(self) -> bool:
        """Tell whether every promise was made in time, and the trace saw all of them."""
        return not self.early and self.told >= self.acked > 0 < self.syncs


def on_store(address: str, folder: Path, acks: int) -> Verdict:
    """Watch a relay with its store in a folder, and the PostgreSQL there if that serves the store."""
    relay = Relay(folder / "relay", store=address, **UNHURRIED).start()
    trace = folder / "trace"
    try:
        cluster = folder if address.startswith("postgresql:") else None
        promised = asyncio.run(_watched(relay, acks, cluster, trace))
    finally:
        relay.kill()
    with trace.open(encoding="ascii") as lines:
        judge = Judge(relay.port, MENTION).hear(lines)
    return Verdict(address.partition(":")[0], promised, len(judge.told), len(judge.early), judge.syncs)


async def _watched(relay: Relay, acks: int, cluster: Path | None, trace: Path) -> int:
    diary = Diary()
    writers = await enrol(relay, diary)
    servers = _servers_of(cluster) if cluster else []
    with traced([relay.process.pid, *servers], trace):
        await write_until_killed(relay, writers, diary, acks)
    return len(diary.promised)


def _servers_of(cluster: Path) -> list[int]:
    number = (cluster / "data" / "postmaster.pid").read_text().split()[0]
    postmaster = psutil.Process(int(number))
    # Those of the relay's connections among them: it must have connected.
    return [postmaster.pid, *(child.pid for child in postmaster.children(recursive=True))]


def main() -> None:
    """Watch the store that the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--store", choices=["json", "sqlite", "postgresql"], required=True)
    parser.add_argument("--acks", type=int, default=200)
    chosen = parser.parse_args()
    with empty_store(chosen.store) as (address, folder):
        verdict = on_store(address, folder, chosen.acks)
    sys.stdout.write(json.dumps(asdict(verdict)) + "\n")
    sys.exit(not verdict.holds)


if __name__ == "__main__":
    main()
