"""Where in the journal everything is that still counts; bodies stay on disk."""

from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from threading import Lock

from storage.json_file.lines import Entry, UnknownEntry
from storage.ports import Bounds

THINGS = ("room", "agent", "token", "handle", "setting", "task")


@dataclass(slots=True)
class RoomIndex:
    """The lines of a room's messages in order of offset, and those of its tombstones."""

    head: int = 0
    oldest: int = 1
    lines: "array[int]" = field(default_factory=lambda: array("Q"))
    tombstones: dict[int, int] = field(default_factory=dict)

    @property
    def bounds(self) -> Bounds:
        """Return newest and oldest offset."""
        return Bounds(self.head, self.oldest)

    def copy(self) -> "RoomIndex":
        """Return a copy that stays as it is."""
        return RoomIndex(self.head, self.oldest, self.lines[:], dict(self.tombstones))


@dataclass(slots=True)
class Index:
    """Follows the journal line by line."""

    epoch: str = ""
    things: dict[str, dict[str, int]] = field(default_factory=lambda: {kind: {} for kind in THINGS})
    cursors: dict[str, dict[str, int]] = field(default_factory=dict)
    logs: dict[str, RoomIndex] = field(default_factory=dict)
    audit_oldest: int = 1
    audit: "array[int]" = field(default_factory=lambda: array("Q"))
    keys: dict[int, int] = field(default_factory=dict)  # lines by the hash of sender and dedupe key
    ids: dict[int, int] = field(default_factory=dict)  # lines by the hash of room and id
    orphans: dict[int, str] = field(default_factory=dict)  # rooms by line: keys whose message is gone
    saved_lines: int = 0  # of the journal; the index's own file covers them
    lock: Lock = field(default_factory=Lock)

    def apply(self, entry: Entry, line: int) -> None:
        """Take up the entry of a line.

        Raises:
            UnknownEntry: this kind of entry is not known.
        """
        kind = entry["type"]
        with self.lock:
            if kind in self.things:
                self._on_thing(kind, entry, line)
            elif follow := getattr(self, f"_on_{kind}", None):
                follow(entry, line)
            else:
                raise UnknownEntry(kind)

    @property
    def live(self) -> int:
        """Return how many lines a compacted journal would have."""
        logs = self.logs.values()
        messages = sum(len(log.lines) for log in logs)
        things = sum(len(lines) for lines in self.things.values())
        cursors = sum(len(offsets) for offsets in self.cursors.values())
        return 1 + messages + len(self.logs) + things + cursors + len(self.audit) + len(self.orphans)

    def copy(self) -> "Index":
        """Return what is needed to read everything as it is now."""
        with self.lock:
            return Index(
                epoch=self.epoch,
                things={kind: dict(lines) for kind, lines in self.things.items()},
                cursors={agent_id: dict(offsets) for agent_id, offsets in self.cursors.items()},
                logs={room: log.copy() for room, log in self.logs.items()},
                audit_oldest=self.audit_oldest,
                audit=self.audit[:],
                orphans=dict(self.orphans),
            )

    def span(self, room: str, span: range) -> list[tuple[int, int | None]]:
        """Return the lines of a span of offsets, each with that of its tombstone."""
        with self.lock:
            log = self.logs.get(room)
            if log is None:
                return []
            first, last = (max(0, offset - log.oldest) for offset in (span.start, span.stop))
            offsets = range(log.oldest + first, log.oldest + last)
            return [
                (line, log.tombstones.get(offset))
                for offset, line in zip(offsets, log.lines[first:last], strict=False)
            ]

    def is_current(self, entry: Entry, line: int) -> bool:
        """Tell whether a line found by a hash still stands for something."""
        if entry["type"] == "key":
            return line in self.orphans
        log = self.logs.get(entry["room"])
        at = entry["offset"] - log.oldest if log else -1
        return log is not None and 0 <= at < len(log.lines) and log.lines[at] == line

    def _on_store(self, entry: Entry, _: int) -> None:
        self.epoch = entry["epoch"]

    def _on_thing(self, kind: str, entry: Entry, line: int) -> None:
        key = _KEY_OF[kind](entry)
        if kind == "setting" and entry["value"] is None:
            self.things[kind].pop(key, None)
        else:
            self.things[kind][key] = line

    def _on_message(self, entry: Entry, line: int) -> None:
        log = self.logs.setdefault(entry["room"], RoomIndex())
        log.lines.append(line)
        log.head = max(log.head, entry["offset"])
        self.ids[hash_of(entry["room"], entry["id"])] = line
        if "fingerprint" in entry:
            self.keys[hash_of(entry["from_id"], entry["dedupe_key"])] = line

    def _on_key(self, entry: Entry, line: int) -> None:
        self.keys[hash_of(entry["from_id"], entry["dedupe_key"])] = line
        self.orphans[line] = entry["room"]

    def _on_redaction(self, entry: Entry, line: int) -> None:
        log = self.logs.get(entry["room"])
        # The same write may have deleted the room before, with the target in it.
        if log and log.oldest <= entry["offset"] < log.oldest + len(log.lines):
            log.tombstones[entry["offset"]] = line

    def _on_head(self, entry: Entry, _: int) -> None:
        log = self.logs.setdefault(entry["room"], RoomIndex())
        del log.lines[: entry["oldest"] - log.oldest]
        log.head, log.oldest = entry["head"], entry["oldest"]
        log.tombstones = {at: line for at, line in log.tombstones.items() if at >= log.oldest}

    def _on_room_gone(self, entry: Entry, _: int) -> None:
        room = entry["room"]
        if log := self.logs.get(room):
            self.logs[room] = RoomIndex(log.head, log.head + 1)
        self.things["room"].pop(room, None)
        self.orphans = {line: of for line, of in self.orphans.items() if of != room}
        for offsets in self.cursors.values():
            offsets.pop(room, None)

    def _on_token_gone(self, entry: Entry, _: int) -> None:
        self.things["token"].pop(entry["token_id"], None)

    def _on_task_gone(self, entry: Entry, _: int) -> None:
        self.things["task"].pop(entry["task_id"], None)

    def _on_cursor(self, entry: Entry, _: int) -> None:
        offsets = self.cursors.setdefault(entry["agent_id"], {})
        offsets[entry["room"]] = max(offsets.get(entry["room"], 0), entry["offset"])

    def _on_audit(self, entry: Entry, line: int) -> None:
        if not self.audit:
            self.audit_oldest = entry["seq"]
        self.audit.append(line)


def hash_of(*parts: str) -> int:
    """Return 64 bits that stand for some names; whoever looks up compares the names themselves."""
    return int.from_bytes(blake2b("\0".join(parts).encode(), digest_size=8).digest())


_KEY_OF: dict[str, Callable[[Entry], str]] = {
    "room": lambda entry: str(entry["id"]),
    "agent": lambda entry: str(entry["id"]),
    "token": lambda entry: str(entry["id"]),
    "task": lambda entry: str(entry["id"]),
    "setting": lambda entry: str(entry["key"]),
    "handle": lambda entry: f"{entry['handle']} {entry['taken_at']}",
}
