"""A journal after an accident: what was cut short goes, what is damaged is named, the rest stays."""

import asyncio
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from protocol.errors import InvalidRequest
from storage.json_file.lines import encode
from storage.json_file.snapshot import path_of
from storage.json_file.store import open_json
from tests.fakes import an_append

HOLD = """
import fcntl, sys
file = open(sys.argv[1])
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
input()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a journal of three batches, two messages each, as a crash leaves it: without an index."""
    path = tmp_path / "store.jsonl"
    asyncio.run(_fill(path))
    path_of(path).unlink()
    return path


async def _fill(path: Path) -> None:
    store = await open_json(path, epoch="first")
    for batch in range(3):
        await store.commit([(an_append(f"m{batch}-{n}"),) for n in range(2)])
    await store.close()


def offsets(path: Path) -> list[int]:
    """Open the journal and return the offsets in alpha."""
    return asyncio.run(_offsets(path))


async def _offsets(path: Path) -> list[int]:
    store = await open_json(path, epoch="other")
    assert store.epoch == "first"
    page = await store.page("alpha", limit=50)
    await store.close()
    return [message.offset for message in page]


def test_last_batch_that_was_cut_anywhere_is_gone_as_a_whole(path: Path) -> None:
    whole = path.read_bytes()
    batch = whole.rfind(b"{", 0, whole.rfind(b'{"crc"'))
    for length in range(batch + 1, len(whole), 37):
        path.write_bytes(whole[:length])
        path_of(path).unlink(missing_ok=True)

        assert offsets(path) == [1, 2, 3, 4]


def test_cut_is_reported_and_what_there_was_is_kept_aside(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_bytes(path.read_bytes()[:-5])

    with caplog.at_level(logging.WARNING, "clawnet.storage"):
        offsets(path)

    (record,) = caplog.records
    assert "cut short" in record.message
    assert record.__dict__["file"] == str(path)
    assert record.__dict__["line"] == 8
    aside = path.with_name("store.jsonl.torn")
    assert b'"id":"m2-0"' in aside.read_bytes()
    assert aside.stat().st_mode & 0o777 == 0o600


def test_store_goes_on_after_a_cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])

    asyncio.run(_append(path, "again"))

    assert offsets(path) == [1, 2, 3, 4, 5]


async def _append(path: Path, key: str) -> None:
    store = await open_json(path, epoch="other")
    await store.commit([(an_append(key),)])
    await store.close()


@pytest.mark.parametrize("line", [2, 3, 4, 5, 6])
def test_damage_before_the_last_batch_is_refused_with_file_and_line(path: Path, line: int) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    lines[line - 1] = lines[line - 1].replace(b"hello", b"hullo").replace(b"first", b"fIrst")
    path.write_bytes(b"".join(lines))
    before = path.read_bytes()

    with pytest.raises(InvalidRequest, match=rf"store.jsonl is damaged at line {line}"):
        offsets(path)

    assert path.read_bytes() == before


def test_line_that_is_missing_is_refused(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:3] + lines[5:]))

    with pytest.raises(InvalidRequest, match="damaged at line 4"):
        offsets(path)


def test_zeros_of_a_loss_of_power_are_cut(path: Path) -> None:
    with path.open("ab") as file:
        file.write(bytes(5000))

    assert offsets(path) == [1, 2, 3, 4, 5, 6]


def test_damage_in_what_was_closed_in_order_is_refused_even_at_the_end(path: Path) -> None:
    assert offsets(path) == [1, 2, 3, 4, 5, 6]
    path.write_bytes(path.read_bytes()[:-5])

    with pytest.raises(InvalidRequest, match="damaged at line 8"):
        offsets(path)


@pytest.mark.parametrize("content", [b"my notes\n", b"{}\n{}\n", b"no line end", bytes(100)])
def test_file_of_another_program_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes"
    path.write_bytes(content)

    with pytest.raises(InvalidRequest, match="does not begin like a journal"):
        offsets(path)

    assert path.read_bytes() == content


def test_journal_of_a_newer_relay_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "newer"
    path.write_bytes(encode({"type": "store", "format": 2, "epoch": "e"}, tx=1, is_last=True))

    with pytest.raises(InvalidRequest, match=r"newer ClawNet \(format 2\)"):
        offsets(path)


def test_entry_that_only_a_newer_relay_knows_is_refused(path: Path) -> None:
    with path.open("ab") as file:
        file.write(encode({"type": "hologram"}, tx=6, is_last=True))

    with pytest.raises(InvalidRequest, match="newer ClawNet knows"):
        offsets(path)


def test_journal_in_use_by_another_process_is_refused(path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:  # noqa: S603
        assert other.stdout is not None
        other.stdout.readline()

        with pytest.raises(InvalidRequest, match="in use by another process"):
            offsets(path)

        other.kill()
