"""Everything that a journal holds at one moment, for as long as it takes to read it."""

from collections.abc import Iterator

from storage.json_file.index import Index
from storage.json_file.journal import Journal
from storage.json_file.lines import Entry

FORMAT = 1


def first_entry(epoch: str) -> Entry:
    """Return the entry with which a journal begins."""
    return {"type": "store", "format": FORMAT, "epoch": epoch}


class Moment:
    """A journal and a copy of its index: what is appended meanwhile does not show."""

    def __init__(self, journal: Journal, index: Index) -> None:
        self._journal = journal
        self._index = index.copy()
        self.size = journal.size
        self.tx = journal.tx

    def entries(self) -> Iterator[Entry]:
        """Yield what still counts, as the entries of a journal that was never changed."""
        yield first_entry(self._index.epoch)
        for lines in self._index.things.values():
            yield from map(self._journal.entry, lines.values())
        for agent_id, offsets in self._index.cursors.items():
            for room, offset in offsets.items():
                yield {"type": "cursor", "agent_id": agent_id, "room": room, "offset": offset}
        yield from map(self._journal.entry, self._index.audit)
        yield from map(self._journal.entry, self._index.orphans)
        for room in self._index.logs:
            yield from self._room(room)

    def _room(self, room: str) -> Iterator[Entry]:
        log = self._index.logs[room]
        yield {"type": "head", "room": room, "head": log.head, "oldest": log.oldest}
        for line, tombstone in self._index.span(room, range(log.oldest, log.head + 1)):
            yield message_entry_at(self._journal, line, tombstone)


def message_entry_at(journal: Journal, line: int, tombstone: int | None) -> Entry:
    """Read a message's entry with the tombstone in its place, if it has one."""
    entry = journal.entry(line)
    if tombstone is not None:
        entry["payload"] = journal.entry(tombstone)["payload"]
    return entry
