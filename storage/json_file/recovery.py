"""From a journal's bytes to its index, after whatever happened to the machine."""

import logging
from collections.abc import Iterator

from protocol.errors import InvalidRequest
from storage.files import unusable
from storage.json_file import snapshot
from storage.json_file.index import Index
from storage.json_file.journal import Journal
from storage.json_file.lines import DamagedLine, Entry, UnknownEntry, decode
from storage.json_file.moment import FORMAT

_log = logging.getLogger("clawnet.storage")


def recover(journal: Journal) -> Index:
    """Read what a journal holds; an unfinished transaction at its end is cut off, kept aside and reported.

    Raises:
        InvalidRequest: the journal is damaged, not a journal, or newer than this relay.
    """
    saved = snapshot.load(journal)
    index, start = saved or (Index(), 0)
    end, bad_line = _follow(journal, index, start)
    if end < journal.size:
        if end < snapshot.known_size(journal.path):
            raise damaged(journal, bad_line)
        _cut(journal, end, bad_line)
    journal.checksum = journal.checksum_to(end, start=start, checksum=journal.checksum)
    journal.size = end
    return index


def damaged(journal: Journal, line: int) -> InvalidRequest:
    """Return the refusal of a journal that was changed or spoilt."""
    return unusable(journal.path, f"is damaged at line {line}; restore a backup, or repair that line")


def _follow(journal: Journal, index: Index, start: int) -> tuple[int, int]:
    """Take up whole transactions; return where the last of them ends, and the first bad line's number."""
    end = start
    lines = journal.scan(start)
    pending: list[tuple[int, Entry]] = []
    for position, line in lines:
        try:
            entry = _checked(line, journal.tx + 1)
        except DamagedLine:
            _refuse_if_more_follows(journal, len(pending), lines)
            if end == 0:
                raise unusable(journal.path, "does not begin like a journal of ClawNet (line 1)") from None
            break
        pending.append((position, entry))
        if entry["end"]:
            _take(journal, index, pending)
            end, pending = position + len(line), []
    return end, journal.lines + len(pending) + 1


def _take(journal: Journal, index: Index, transaction: list[tuple[int, Entry]]) -> None:
    for position, entry in transaction:
        if entry["type"] == "store" and entry["format"] > FORMAT:
            raise unusable(journal.path, f"was written by a newer ClawNet (format {entry['format']})")
        try:
            index.apply(entry, position)
        except UnknownEntry:
            raise unusable(
                journal.path, f"holds what only a newer ClawNet knows (line {journal.lines + 1})"
            ) from None
        journal.lines += 1
    journal.tx += 1


def _checked(line: bytes, tx: int) -> Entry:
    if not line.endswith(b"\n"):
        raise DamagedLine
    entry = decode(line[:-1])
    if entry["tx"] != tx:
        raise DamagedLine
    return entry


def _refuse_if_more_follows(journal: Journal, pending: int, rest: Iterator[tuple[int, bytes]]) -> None:
    """Refuse to go on when the damage is not at the end.

    A transaction is written only after the one before it is on disk. So a loss of power can spoil lines of
    the last transaction, but none that a later one follows.
    """
    for _, line in rest:
        try:
            later = decode(line.rstrip(b"\n"))["tx"] > journal.tx + 1
        except DamagedLine:
            continue
        if later:
            raise damaged(journal, journal.lines + pending + 1)


def _cut(journal: Journal, end: int, line: int) -> None:
    rest = journal.read(end, journal.size)
    aside = journal.path.with_name(f"{journal.path.name}.torn")
    with aside.open("ab") as file:
        aside.chmod(0o600)
        file.write(rest)
    journal.cut(end)
    _log.warning(
        "the last write was cut short before it was acknowledged; what there is of it is kept aside",
        extra={"file": str(journal.path), "line": line, "bytes": len(rest), "kept": str(aside)},
    )
