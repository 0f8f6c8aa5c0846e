"""What the memory store keeps of the audit trail: the newest records, each as the line that it is in a file.

A line takes a quarter of what a model takes. And it is nothing that the garbage collector has to walk: a
hundred thousand models put its full collections off for so long that the garbage of an hour piled up.
"""

from collections import deque
from collections.abc import Iterator
from itertools import islice

import orjson

from protocol.audit import GENESIS, AuditEntry, AuditRecord, sealed_line

AUDIT_RECORDS = 100_000  # the newest are kept


class AuditRing:
    """The end of the audit chain."""

    def __init__(self, most: int = AUDIT_RECORDS) -> None:
        self._lines: deque[bytes] = deque(maxlen=most)
        self.head = (0, GENESIS)  # sequence number and hash of the newest record

    def append(self, entry: AuditEntry) -> None:
        """Put a record of its own behind the newest one; the oldest gives way."""
        seq, prev = self.head
        line, digest = sealed_line(entry, seq=seq + 1, prev=prev)
        self._lines.append(line)
        self.head = (seq + 1, digest)

    def take(self, record: AuditRecord) -> None:
        """Take up a record that is sealed already."""
        # Copied, because orjson hands out bytes with all the room around them that it wrote in: 4 KB each.
        self._lines.append(bytes(memoryview(orjson.dumps(record.__dict__))))
        self.head = (record.seq, record.hash)

    def page(self, after: int, before: int | None, limit: int) -> list[AuditRecord]:
        """Return at most `limit` records in order: the first after `after`, or the last before `before`."""
        newest = self.head[0]
        oldest = newest - len(self._lines) + 1
        first = max(after + 1, oldest)
        if before is not None:
            first = max(first, min(before, newest + 1) - limit)
        last = min(first + limit - 1, newest if before is None else before - 1)
        lines = islice(self._lines, first - oldest, max(first, last + 1) - oldest)
        return [_record_of(line) for line in lines]

    def records(self) -> Iterator[AuditRecord]:
        """Yield what is kept at this moment, oldest first, whatever is appended meanwhile."""
        return map(_record_of, list(self._lines))


def _record_of(line: bytes) -> AuditRecord:
    # As it is, unchecked: whether the chain holds is for the check of the chain to say.
    return AuditRecord.model_construct(**orjson.loads(line))
