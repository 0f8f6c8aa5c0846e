"""A disk that takes nothing any more under a running store: full, or turned read-only.

Whoever sends hears `unavailable` within two seconds, readiness says 503, what was said stays readable.
Nothing that was acknowledged is lost and nothing that was refused appears; when the disk is back, so is the
relay.
"""

import asyncio
import itertools
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from e2e.conftest import StartRelay
from e2e.paces import UNLIMITED
from e2e.rawsocket import RawSocket
from e2e.relay import Relay
from e2e.rest import Rest
from e2e.root import PREFIX, a_tool, as_root, needs_root

pytestmark = needs_root
STORES = ("json", "sqlite")
PATIENCE = 2.0  # seconds within which a refusal is promised
SOON = 20.0  # seconds for what takes one or two
MANY = 2_000
TEXT = "x" * 2_000
WRITES = "write,pwrite64,ftruncate,fsync,fdatasync"


@dataclass(slots=True)
class Witness:
    """Says things over REST and over a socket, and remembers what was acknowledged."""

    rest: Rest
    link: RawSocket
    acked: list[str] = field(default_factory=list)
    slowest_refusal: float = 0.0
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    async def say(self) -> bool:
        """Send the next message over either way; tell whether it was taken."""
        number = next(self._numbers)
        message_id, payload = f"m{number}", {"kind": "text", "text": TEXT}
        body = {"id": message_id, "to_type": "global", "to_id": "global", "payload": payload}
        began = time.monotonic()
        if number % 2:
            answer = (await self.rest.http.post("/api/v1/messages", json=body)).json()
            is_taken = "offset" in answer
        else:
            answer = await self.link.ask("chat_send", body)
            is_taken = bool(answer["ok"])
        if is_taken:
            self.acked.append(message_id)
        else:
            assert (answer if number % 2 else answer["error"])["code"] == "unavailable", answer
            self.slowest_refusal = max(self.slowest_refusal, time.monotonic() - began)
        return is_taken

    async def say_until(self, is_taken: bool) -> None:
        """Go on until messages are taken, or are not any more."""
        for _ in range(MANY):
            if await self.say() is is_taken:
                return
        raise AssertionError("nothing has changed")

    async def ready(self, status: int) -> None:
        """Wait until the relay says so."""
        async with asyncio.timeout(SOON):
            while True:
                if (await self.rest.http.get("/readyz")).status_code == status:
                    return
                await asyncio.sleep(0.05)

    async def finds_what_was_acked_and_no_more(self) -> None:
        """Compare the history with what was acknowledged."""
        history = await self.rest.history()
        assert [message["id"] for message in history] == self.acked
        assert [message["offset"] for message in history] == list(range(1, len(history) + 1))


@asynccontextmanager
async def witness_of(relay: Relay) -> AsyncIterator[Witness]:
    async with Rest(relay.url, relay.token) as rest, RawSocket(relay.url) as link:
        await link.join(await rest.enrol("witness"))
        witness = Witness(rest, link)
        assert await witness.say()
        yield witness


async def check_after_a_restart(relay: Relay, witness: Witness) -> None:
    relay.kill()
    await asyncio.to_thread(relay.restart)
    async with Rest(relay.url, relay.token) as rest:
        await Witness(rest, witness.link, witness.acked).finds_what_was_acked_and_no_more()


@contextmanager
def mounted(folder: Path, *options: object) -> Iterator[Path]:
    folder.mkdir()
    as_root("mount", *options, folder)
    try:
        yield folder
    finally:
        as_root("umount", "--lazy", folder)


@pytest.mark.parametrize("kind", STORES)
async def test_disk_that_is_full(kind: str, start_relay: StartRelay, tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=3m,mode=0777", "tmpfs") as disk:
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(1024 * 1024))
        relay = start_relay(store=f"{kind}:{disk}/store", **UNLIMITED)
        async with witness_of(relay) as witness:
            await witness.say_until(is_taken=False)
            await witness.ready(503)
            assert [await witness.say() for _ in range(4)] == [False] * 4
            await witness.finds_what_was_acked_and_no_more()
            assert witness.slowest_refusal < PATIENCE

            ballast.unlink()
            await witness.ready(200)
            assert [await witness.say() for _ in range(4)] == [True] * 4

            await check_after_a_restart(relay, witness)
            relay.stop()


@contextmanager
def read_only_to(relay: Relay, store: Path, said: Path) -> Iterator[None]:
    """Answer whatever a relay writes to its store's files as a file system does that turned read-only.

    `mount -o remount,ro` refuses while files are open for writing. The kernel turns a file system read-only
    when its disk fails, and then there is no way back for the files that are open. This is what that looks
    like from inside, and it has a way back.
    """
    files = [word for each in store.parent.glob("store*") for word in ("-P", str(each))]
    fault = ("-e", f"trace={WRITES}", "-e", f"inject={WRITES}:error=EROFS")
    command = [
        *PREFIX,
        a_tool("strace"),
        "-f",
        "-p",
        str(relay.process.pid),
        *files,
        *fault,
        "-o",
        "/dev/null",
    ]
    with said.open("wb") as output:
        tracer = subprocess.Popen(command, stderr=output)
    deadline = time.monotonic() + SOON
    while " attached" not in said.read_text():
        assert time.monotonic() < deadline, said.read_text()
        time.sleep(0.02)
    yield
    subprocess.run([*PREFIX, "kill", "-INT", str(tracer.pid)], check=True)
    tracer.wait()


@pytest.mark.parametrize("kind", STORES)
async def test_disk_that_is_read_only_for_a_while(kind: str, start_relay: StartRelay, tmp_path: Path) -> None:
    relay = start_relay(store=f"{kind}:{tmp_path}/store", **UNLIMITED)
    async with witness_of(relay) as witness:
        with read_only_to(relay, tmp_path / "store", tmp_path / "said"):
            assert [await witness.say() for _ in range(4)] == [False] * 4
            await witness.ready(503)
            await witness.finds_what_was_acked_and_no_more()
            assert witness.slowest_refusal < PATIENCE
        await witness.ready(200)
        assert [await witness.say() for _ in range(4)] == [True] * 4

        await check_after_a_restart(relay, witness)


def give_up(disk: Path) -> None:
    """Let the kernel find an error on a mounted file system."""
    device = subprocess.run(["findmnt", "-no", "SOURCE", disk], capture_output=True, text=True, check=True)
    name = Path(device.stdout.strip()).name
    as_root("sh", "-c", f"echo 1 >/sys/fs/ext4/{name}/trigger_fs_error")


@pytest.mark.parametrize("kind", STORES)
async def test_disk_that_the_kernel_gave_up(kind: str, start_relay: StartRelay, tmp_path: Path) -> None:
    image, disk = tmp_path / "image", tmp_path / "disk"
    as_root("truncate", "--size=32M", image)
    as_root("mkfs.ext4", "-q", "-F", image)
    with mounted(disk, "-o", "loop,errors=remount-ro", image):
        as_root("chmod", "0777", disk)
        relay = start_relay(store=f"{kind}:{disk}/store", **UNLIMITED)
        async with witness_of(relay) as witness:
            assert [await witness.say() for _ in range(4)] == [True] * 4
            give_up(disk)

            assert [await witness.say() for _ in range(4)] == [False] * 4
            await witness.ready(503)
            await witness.finds_what_was_acked_and_no_more()
            assert witness.slowest_refusal < PATIENCE
            relay.kill()
    # What an operator does then: check the file system, mount it anew, start the relay again.
    as_root("sh", "-c", f"e2fsck -fy {image} >/dev/null || true")
    disk.rmdir()
    with mounted(disk, "-o", "loop", image):
        await check_after_a_restart(relay, witness)
        relay.stop()
