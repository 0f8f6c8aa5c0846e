"""Restoring a backup into an empty store, before a relay starts on it."""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

from app.clock import SystemClock, stamp
from protocol.audit import AuditEntry
from storage import archive
from storage.addresses import masked
from storage.archive import Manifest
from storage.opening import StoreOptions, open_store
from storage.ports import AppendAudit


def restore(file: Path, address: str, advance: Callable[[int], None] = lambda _: None) -> Manifest:
    """Check a backup and carry it into the store at `address`, under a new epoch.

    `advance` is told the bytes of each line that was carried.

    Raises:
        InvalidRequest: the backup is not whole, or the store can't be opened.
        Conflict: the store holds something already. Unavailable: it failed; nothing was restored.
    """
    manifest = archive.verify(_lines(file))
    asyncio.run(_restore(file, address, advance))
    return manifest


async def _restore(file: Path, address: str, advance: Callable[[int], None]) -> None:
    epoch = secrets.token_hex(8)
    store = await open_store(address, StoreOptions(epoch, keep_messages=2**31, keep_bytes=2**53))
    try:
        await store.load(archive.records_of(_told(_lines(file), advance), epoch=epoch))
        entry = AuditEntry(
            ts=stamp(SystemClock().now()),
            actor="relay",
            via="relay",
            action="store.restore",
            target=masked(address),
        )
        await store.commit([(AppendAudit(entry),)])
    finally:
        await store.close()


def _told(lines: Iterator[bytes], advance: Callable[[int], None]) -> Iterator[bytes]:
    for line in lines:
        yield line
        advance(len(line))


def _lines(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        yield from opened
