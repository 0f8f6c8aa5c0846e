"""Cut the power under a store and see what was on disk: needs root and a loop device.

`python -m e2e.crash.power_loss --store sqlite --rounds 30` keeps the store on an ext4 image, stops the writer
after some acknowledgements, and copies the image as it is at that moment: what the kernel had not written out
is gone, as it would be without power. `--control` weakens the store's promise (SQLite to its NORMAL, the
journal to no fsync, PostgreSQL to asynchronous commits) and must lose something, or the test proves nothing.
"""

import argparse
import asyncio
import json
import random
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from e2e.crash.images import Medium, cut_the_power, medium_of, mounted
from e2e.forks import ROOT
from storage.json_file import journal
from storage.opening import StoreOptions, open_store
from storage.sql import postgres, sqlite
from tests.fakes import an_append

OPTIONS = StoreOptions(new_epoch="power", keep_messages=1, keep_bytes=1024)
BATCH = 8


@dataclass(slots=True)
class Verdict:
    """What was found in all rounds; without `control`, nothing may be lost or corrupt."""

    store: str
    control: bool
    rounds: int = 0
    acked: int = 0
    lost: int = 0
    corrupt: int = 0

    @property
    def holds(self) -> bool:
        """Tell whether the store kept its promise, or the control broke its."""
        return self.lost > 0 if self.control else not self.lost and not self.corrupt


def main() -> None:
    """Run the rounds that the command line asks for, or the writer of one of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--store", choices=["json", "sqlite", "postgresql"], required=True)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--acks", type=int, default=1000)
    parser.add_argument("--control", action="store_true")
    parser.add_argument("--write-to", default=None, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.write_to:
        asyncio.run(_write(chosen.write_to, chosen.control))
        return
    verdict = Verdict(chosen.store, chosen.control)
    dice = random.Random(1)
    with tempfile.TemporaryDirectory(prefix="clawnet-power-") as folder:
        medium = medium_of(chosen.store, Path(folder))
        for number in range(chosen.rounds):
            acks = dice.randint(chosen.acks // 2, chosen.acks * 3 // 2)
            _round(Path(folder) / str(number), medium, verdict, acks)
    sys.stdout.write(json.dumps(asdict(verdict)) + "\n")
    sys.exit(not verdict.holds)


def _round(folder: Path, medium: Medium, verdict: Verdict, acks: int) -> None:
    folder.mkdir()
    image, after = folder / "disk", folder / "disk-after"
    medium.format(image)
    with mounted(image, folder / "before") as before:
        writer = _start_writer(medium.start(before), verdict)
        promised = _acknowledged(writer, acks)
        writer.send_signal(signal.SIGSTOP)
        # From here on nothing may reach the image that the store did not ask for.
        medium.freeze(before)
        cut_the_power(image, after)
        writer.kill()
        writer.communicate()
        medium.end(before)
    with mounted(after, folder / "after") as found:
        verdict.rounds += 1
        verdict.acked += promised
        _compare(medium.start(found), promised, verdict)
        medium.end(found)
    image.unlink()
    after.unlink()


def _start_writer(address: str, verdict: Verdict) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "e2e.crash.power_loss", "--store", verdict.store, "--write-to", address]
    command += ["--control"] if verdict.control else []
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)


def _acknowledged(writer: subprocess.Popen[bytes], wanted: int) -> int:
    """Read acknowledgements until there are enough of them."""
    assert writer.stdout is not None
    count = 0
    while count < wanted:
        line = writer.stdout.readline()
        assert line, "the writer ended by itself"
        count = int(line)
    return count


async def _write(address: str, is_control: bool) -> None:
    if is_control:
        _weaken()
    store = await open_store(address, OPTIONS)
    count = 0
    while True:
        await store.commit([(an_append(f"m{count + n}"),) for n in range(BATCH)])
        count += BATCH
        sys.stdout.write(f"{count}\n")
        sys.stdout.flush()


def _weaken() -> None:
    sqlite._WRITER = tuple(pragma.replace("FULL", "NORMAL") for pragma in sqlite._WRITER)
    postgres._BEGIN_WRITE = postgres._BEGIN_WRITE.replace(
        "synchronous_commit = on", "synchronous_commit = off"
    )
    journal.os.fsync = lambda _: None  # type: ignore[attr-defined]


def _compare(address: str, promised: int, verdict: Verdict) -> None:
    try:
        head = asyncio.run(_head(address))
    except Exception as error:  # noqa: BLE001 - whatever it is, the store can't be read
        sys.stderr.write(f"{error}\n")
        verdict.corrupt += 1
        head = 0
    verdict.lost += max(0, promised - head)


async def _head(address: str) -> int:
    store = await open_store(address, OPTIONS)
    head = store.bounds("alpha").head
    page = await store.page("alpha", limit=head + 1)
    assert [message.id for message in page] == [f"m{n}" for n in range(head)]
    await store.close()
    return head


if __name__ == "__main__":
    main()
