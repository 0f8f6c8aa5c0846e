"""Writing a journal anew: for a new store, for a dump that is loaded, and without what no longer counts."""

import os
from collections.abc import Iterable
from itertools import groupby, islice, takewhile
from pathlib import Path

from storage.files import remove
from storage.json_file import snapshot
from storage.json_file.index import Index
from storage.json_file.journal import Journal
from storage.json_file.lines import Entry, decode
from storage.json_file.moment import first_entry

BATCH = 500


class Rewriting:
    """A journal that grows beside the one whose place it takes; until then nothing has happened."""

    def __init__(self, path: Path) -> None:
        self._path = path
        new = new_path(path)
        remove(new)
        self.journal = Journal(new, flags=os.O_CREAT | os.O_EXCL)
        self.index = Index()

    def add(self, entries: Iterable[Entry]) -> None:
        """Write entries that are one after another on their own."""
        rest = iter(entries)
        while batch := list(islice(rest, BATCH)):
            self._append(batch)

    def add_tail(self, old: Journal, start: int) -> None:
        """Write what was added to the old journal from `start` on, in its transactions."""
        # What lies beyond its size is left of an append that failed.
        lines = takewhile(lambda line: line[0] < old.size, old.scan(start))
        entries = (decode(line[:-1]) for _, line in lines)
        for _, transaction in groupby(entries, key=lambda entry: entry["tx"]):
            self._append(list(transaction))

    def finish(self) -> None:
        """Take the place of the old journal."""
        # One more transaction, so that damage before it is never taken for a write that was cut short.
        self._append([first_entry(self.index.epoch)])
        snapshot.forget(self._path)
        self.journal.take_the_place_of(self._path)

    def give_up(self) -> None:
        """Leave the old journal as it is."""
        remove(new_path(self._path))

    def _append(self, entries: list[Entry]) -> None:
        for entry, line in zip(entries, self.journal.append(entries, sync=False), strict=True):
            self.index.apply(entry, line)


def new_path(path: Path) -> Path:
    """Return where a journal grows that is to take the place of `path`."""
    return path.with_name(f"{path.name}.new")


def begin(path: Path, epoch: str) -> None:
    """Make the journal of an empty store."""
    rewriting = Rewriting(path)
    rewriting.add([first_entry(epoch)])
    rewriting.finish()
    rewriting.journal.settle()
