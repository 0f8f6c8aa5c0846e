"""The index as a file beside the journal, so that a start reads the journal once and parses its end only.

It may always be deleted: it is believed only as far as the journal's bytes have its checksum.
"""

import os
from array import array
from pathlib import Path
from typing import Any
from zlib import crc32

import orjson

from storage.files import make_private, remove, sync_folder
from storage.json_file.index import Index, RoomIndex
from storage.json_file.journal import Journal

VERSION = 1


def path_of(journal: Path) -> Path:
    """Return where a journal's index is kept."""
    return journal.with_name(f"{journal.name}.index")


def save(journal: Journal, index: Index) -> None:
    """Write the index down."""
    logs = sorted(index.logs.items())
    arrays = [index.audit, _array(index.keys), _array(index.keys.values()), _array(index.ids)]
    arrays += [_array(index.ids.values()), *(log.lines for _, log in logs)]
    head = orjson.dumps(_head(journal, index, logs) | {"arrays": [len(numbers) for numbers in arrays]})
    block = head + b"\n" + b"".join(numbers.tobytes() for numbers in arrays)
    path = path_of(journal.path)
    new = path.with_name(f"{path.name}.new")
    make_private(new)
    try:
        with new.open("wb") as file:
            file.write(b"%08x" % crc32(block) + block)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError:
        # A disk that is full has no room for what is of no use.
        remove(new)
        raise
    sync_folder(path.parent)


def load(journal: Journal) -> tuple[Index, int] | None:
    """Return the index and how much of the journal it covers, if it is the journal's."""
    head, rest = _read(journal.path)
    if head is None or head["size"] > journal.size:
        return None
    if journal.checksum_to(head["size"]) != head["checksum"]:
        return None
    journal.lines, journal.tx, journal.checksum = head["lines"], head["tx"], head["checksum"]
    return _index_of(head, rest), head["size"]


def known_size(journal: Path) -> int:
    """Return how much of the journal was on disk when it was last closed in order; 0 if nobody knows."""
    head, _ = _read(journal)
    return int(head["size"]) if head else 0


def forget(journal: Path) -> None:
    """Remove the index: the journal's bytes are about to move."""
    remove(path_of(journal))


def _head(journal: Journal, index: Index, logs: list[tuple[str, RoomIndex]]) -> dict[str, Any]:
    return {
        "version": VERSION,
        "size": journal.size,
        "checksum": journal.checksum,
        "lines": journal.lines,
        "tx": journal.tx,
        "epoch": index.epoch,
        "things": index.things,
        "cursors": index.cursors,
        "audit_oldest": index.audit_oldest,
        "orphans": list(index.orphans.items()),
        "logs": [(room, log.head, log.oldest, list(log.tombstones.items())) for room, log in logs],
    }


def _read(journal: Path) -> tuple[dict[str, Any] | None, bytes]:
    try:
        block = path_of(journal).read_bytes()
    except FileNotFoundError:
        return None, b""
    if block[:8] != b"%08x" % crc32(block[8:]):
        return None, b""
    line, _, rest = block[8:].partition(b"\n")
    head: dict[str, Any] = orjson.loads(line)
    return (head if head["version"] == VERSION else None), rest


def _index_of(head: dict[str, Any], rest: bytes) -> Index:
    arrays: list[array[int]] = []
    for length in head["arrays"]:
        numbers = array("Q")
        numbers.frombytes(rest[: 8 * length])
        rest = rest[8 * length :]
        arrays.append(numbers)
    audit, keys, key_lines, ids, id_lines, *lines = arrays
    return Index(
        epoch=head["epoch"],
        things=head["things"],
        cursors=head["cursors"],
        logs={
            room: RoomIndex(newest, oldest, numbers, dict(tombstones))
            for (room, newest, oldest, tombstones), numbers in zip(head["logs"], lines, strict=True)
        },
        audit_oldest=head["audit_oldest"],
        audit=audit,
        keys=dict(zip(keys, key_lines, strict=True)),
        ids=dict(zip(ids, id_lines, strict=True)),
        orphans=dict(head["orphans"]),
        saved_lines=head["lines"],
    )


def _array(numbers: Any) -> "array[int]":
    return array("Q", numbers)
