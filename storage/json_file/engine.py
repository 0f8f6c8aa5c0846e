"""What the writer's thread does with a journal: store the steps of a plan, let go, write anew."""

import logging
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from protocol.errors import Conflict, InvalidRequest
from storage.files import make_private, one_at_a_time, remove, unusable
from storage.json_file import entries, rewriting, snapshot
from storage.json_file.index import Index, hash_of
from storage.json_file.journal import Journal
from storage.json_file.lines import DamagedLine, Entry
from storage.json_file.moment import Moment
from storage.json_file.recovery import recover
from storage.json_file.rewriting import Rewriting
from storage.planning import Key, Ledger, Plan
from storage.ports import Bounds, Place, Write

SLACK = 10_000  # lines without use that are not worth a rewriting
UNSAVED = 50_000  # lines that a start after a crash may have to parse, or an eighth of the journal
_log = logging.getLogger("clawnet.storage")


class Engine:
    """A journal and its index, changed by one thread only; readers take both at once by `current`."""

    def __init__(self, journal: Journal, index: Index) -> None:
        self.current = (journal, index)
        self.is_wasteful = False  # most lines have no use any more, and nothing is done about it yet
        self._next_look = journal.lines
        self._look()

    @classmethod
    def open(cls, path: Path, epoch: str) -> "Engine":
        """Open the journal at `path`, or make it.

        Raises:
            InvalidRequest: it can't be used, with the reason.
        """
        make_private(path)
        try:
            with one_at_a_time(path.parent):
                journal = _claimed(path, epoch)
        except OSError as error:
            raise unusable(path, f"can't be opened ({os.strerror(error.errno or 0)})") from None
        try:
            return cls(journal, recover(journal))
        except BaseException:
            journal.close()
            raise

    def commit(self, ledger: Ledger, writes: Sequence[Write], keys: Sequence[Key]) -> Plan:
        """Take the writes of a batch and store what they add.

        Raises:
            OSError: nothing of the batch is stored.
        """
        plan = Plan(ledger, self._known(keys))
        for write in writes:
            plan.add(write)
        self._store([entries.entry_of_step(step) for step in plan.steps])
        return plan

    def ledger(self) -> Ledger:
        """Return what is at hand to take or refuse a write."""
        journal, index = self.current
        agents = [journal.entry(line) for line in index.things["agent"].values()]
        ledger = Ledger(
            heads={room: log.bounds for room, log in index.logs.items()},
            rooms=dict.fromkeys(index.things["room"], True),
            handles={agent["id"]: agent["handle"] for agent in agents},
            bearers={agent["handle"]: agent["id"] for agent in agents},
        )
        if index.audit:
            newest = journal.entry(index.audit[-1])
            ledger.audit = (newest["seq"], newest["hash"])
        return ledger

    def prune(self, before: str, limit: int) -> tuple[int, dict[str, Bounds]]:
        """Let go of what is older than `before` in each room; return how many went, and the bounds."""
        moved: dict[str, Bounds] = {}
        left = limit
        for room, log in sorted(self.current[1].logs.items()):
            young = self._young(room, before, left)
            if young:
                moved[room] = Bounds(log.head, log.oldest + young)
                left -= young
        self._store(
            [
                {"type": "head", "room": room, "head": bounds.head, "oldest": bounds.oldest}
                for room, bounds in moved.items()
            ]
        )
        return limit - left, moved

    def moment(self) -> Moment:
        """Return everything as it is now."""
        return Moment(*self.current)

    def begin_load(self) -> Rewriting:
        """Begin a journal that takes the place of this empty one.

        Raises:
            Conflict: something is stored.
        """
        journal, index = self.current
        if index.live > 1:
            raise Conflict("this store is not empty", field="store")
        return Rewriting(journal.path)

    def take(self, new: Rewriting) -> None:
        """Go on with a journal that was written anew."""
        new.finish()
        self.current = (new.journal, new.index)
        self._next_look = new.journal.lines + SLACK
        new.journal.settle()

    def begin_compacting(self) -> tuple[Rewriting, Moment]:
        """Return a journal to be filled with what counts at this moment."""
        self.is_wasteful = False
        return Rewriting(self.current[0].path), Moment(*self.current)

    def compact(self, new: Rewriting, moment: Moment) -> None:
        """Go on with a journal that holds what counted at a `moment`, and what was added since."""
        try:
            new.add_tail(self.current[0], moment.size)
            self.take(new)
            self._save_index()
        except (OSError, DamagedLine) as error:
            new.give_up()
            _log.warning("the journal could not be written anew", exc_info=error)

    def close(self) -> None:
        """Write the index down, so that the next start is quick, and let others open the journal."""
        try:
            self._save_index()
        finally:
            self.current[0].close()

    @property
    def is_unsaved(self) -> bool:
        """Tell whether a start after a crash would have to parse many lines."""
        journal, index = self.current
        return journal.lines - index.saved_lines > max(UNSAVED, journal.lines // 8)

    def save_index_if_due(self) -> None:
        """Write the index down if it has been too long."""
        if self.is_unsaved:
            self._save_index()

    def _save_index(self) -> None:
        journal, index = self.current
        try:
            snapshot.save(journal, index)
        except (OSError, InvalidRequest) as error:
            _log.warning("the index could not be written; the next start reads the journal", exc_info=error)
        # Written or not: the next try is due after as many lines again.
        index.saved_lines = journal.lines

    def _store(self, new: list[Entry]) -> None:
        journal, index = self.current
        if new:
            for entry, line in zip(new, journal.append(new), strict=True):
                index.apply(entry, line)
        self._look()

    def _look(self) -> None:
        journal, index = self.current
        if journal.lines >= self._next_look:
            self._next_look = journal.lines + SLACK
            self.is_wasteful = journal.lines > 2 * index.live + SLACK

    def _known(self, keys: Iterable[Key]) -> dict[Key, tuple[bytes, Place]]:
        journal, index = self.current
        known: dict[Key, tuple[bytes, Place]] = {}
        for key in keys:
            line = index.keys.get(hash_of(*key))
            if line is None:
                continue
            entry = journal.entry(line)
            if (entry["from_id"], entry["dedupe_key"]) == key and index.is_current(entry, line):
                known[key] = (bytes.fromhex(entry["fingerprint"]), entries.place_of(entry))
        return known

    def _young(self, room: str, before: str, limit: int) -> int:
        journal, index = self.current
        lines = index.logs[room].lines[:limit]
        # A clock that was set back must not tear a hole: the run of old messages ends at the first new one.
        return next((at for at, line in enumerate(lines) if journal.entry(line)["ts"] >= before), len(lines))


def _claimed(path: Path, epoch: str) -> Journal:
    journal = Journal(path)
    # Only now is it sure that nobody else is at work on these files.
    remove(rewriting.new_path(path))
    if journal.size == 0:
        rewriting.begin(path, epoch)
        journal.close()
        journal = Journal(path)
    return journal
