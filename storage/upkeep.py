"""The upkeep of a store: letting go of what is old, and moving all of it to another store."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from storage.records import Record


class Retention(Protocol):
    """Letting go of what is old."""

    async def prune(self, *, before: str, limit: int) -> int:
        """Delete at most `limit` messages older than `before` (RFC 3339, UTC), with their dedupe keys.

        Heads stay, so no offset is used twice. Returns how many went; fewer than `limit` means none is left.
        """
        ...


class Portability(Protocol):
    """Moving all that a store holds to another store."""

    def dump(self) -> "AsyncIterator[Record]":
        """Stream everything as it is at this moment, whatever is written meanwhile."""
        ...

    async def load(self, records: "AsyncIterator[Record]") -> None:
        """Take up a dump with its offsets, keys, audit chain and epoch; all of it or nothing.

        Raises:
            Conflict: this store is not empty.
        """
        ...
