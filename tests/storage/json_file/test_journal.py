"""The journal's file: what is appended is read back, and a failed append leaves nothing."""

import os
from pathlib import Path
from zlib import crc32

import pytest

from storage.json_file.journal import CHUNK, READ, Journal
from storage.json_file.lines import DamagedLine
from tests.storage.limits import no_file_beyond


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal", flags=os.O_CREAT)


def an_entry(text: str) -> dict[str, str]:
    return {"type": "setting", "key": "k", "value": text}


@pytest.mark.parametrize("length", [0, 1, READ - 90, READ, 2 * READ + 7, 300_000])
def test_line_of_any_length_is_read_back_by_its_position(journal: Journal, length: int) -> None:
    _, position, _ = journal.append([an_entry("before"), an_entry("x" * length), an_entry("after")])

    assert journal.entry(position)["value"] == "x" * length


def test_scan_yields_every_line_at_its_position(journal: Journal) -> None:
    texts = ["short", "x" * (CHUNK + 5), "middle", "y" * CHUNK, "end"]
    positions = [journal.append([an_entry(text)])[0] for text in texts]

    scanned = list(journal.scan(0))

    assert [position for position, _ in scanned] == positions
    assert [journal.entry(position)["value"] for position, _ in scanned] == texts
    assert [position for position, _ in journal.scan(positions[3])] == positions[3:]


def test_checksum_is_that_of_the_file(journal: Journal) -> None:
    journal.append([an_entry("one"), an_entry("two")])
    journal.append([an_entry("x" * CHUNK)])

    content = journal.path.read_bytes()

    assert (journal.size, journal.checksum) == (len(content), crc32(content))
    assert journal.checksum_to(journal.size) == journal.checksum


def test_append_that_fails_is_undone_by_the_next(journal: Journal) -> None:
    journal.append([an_entry("one")])
    with no_file_beyond(journal.size + 100), pytest.raises(OSError, match="large"):
        journal.append([an_entry("two"), an_entry("x" * 1000)])

    position = journal.append([an_entry("three")])[0]

    assert [journal.entry(at)["value"] for at, _ in journal.scan(0)] == ["one", "three"]
    assert journal.entry(position)["tx"] == 2
    assert journal.path.stat().st_size == journal.size


def test_line_without_an_end_is_damaged(journal: Journal) -> None:
    with journal.path.open("ab") as file:
        file.write(b'{"crc":')

    with pytest.raises(DamagedLine):
        journal.entry(0)
