"""No client hears of a message before it is on disk, seen from the kernel's side."""

import pytest

from e2e.crash.syncs import MENTION, on_store
from e2e.crash.tracing import Judge
from e2e.databases import empty_store
from e2e.root import needs_root

ACKS = 60
FILE = r"""pwrite64(9</data/store-wal>, "\1\"text\":\"w0-1 says what w0-1 says.\"}", 40, 0) = 40"""
SOCKET = r"""sendto(7<TCP:[127.0.0.1:3000->127.0.0.1:9]>, "43[{\"id\":\"w0-1\",\"room\":...", 50) = 50"""
SYNC = "fdatasync(9</data/store-wal>) = 0"


@needs_root
@pytest.mark.parametrize("kind", ["json", "sqlite", "postgresql"])
def test_every_answer_follows_the_sync_of_what_it_promises(kind: str) -> None:
    with empty_store(kind) as (address, folder):
        verdict = on_store(address, folder, ACKS)

    assert verdict.holds, verdict


@pytest.mark.parametrize(
    ("lines", "is_early"),
    [
        ([FILE, SYNC, SOCKET], False),
        ([FILE, SOCKET, SYNC], True),
        ([SYNC, FILE, SOCKET], True),
        ([SOCKET], True),
        ([FILE, SYNC.replace("store-wal", "other"), SOCKET], True),
        ([FILE, SYNC.replace("= 0", "= -1 EIO (Input/output error)"), SOCKET], True),
        ([FILE.replace("= 40", "= -1 ENOSPC (No space left on device)"), SYNC, SOCKET], True),
        ([FILE, SYNC, SOCKET.replace(":3000->", ":5432->")], False),
    ],
)
def test_answer_before_its_sync_is_found(lines: list[str], is_early: bool) -> None:
    judge = Judge(3000, MENTION).hear(f"12 {line}" for line in lines)

    assert judge.early == ({"w0-1"} if is_early else set())


def test_sync_covers_what_was_written_before_it_began_and_counts_once_it_has_ended() -> None:
    began, ended = "fdatasync(9</data/store-wal> <unfinished ...>", "<... fdatasync resumed>) = 0"
    judge = Judge(3000, MENTION)

    judge.hear([f"12 {FILE}", f"12 {began}", f"13 {SOCKET}", f"12 {ended}"])
    late = Judge(3000, MENTION).hear([f"12 {began}", f"13 {FILE}", f"12 {ended}", f"13 {SOCKET}"])
    fine = Judge(3000, MENTION).hear([f"12 {FILE}", f"12 {began}", f"12 {ended}", f"13 {SOCKET}"])

    assert (judge.early, late.early, fine.early) == ({"w0-1"}, {"w0-1"}, set())
