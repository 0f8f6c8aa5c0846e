"""Persistence at run time: which store the relay uses, and how it changes to another one."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.actor import Actor
from app.journal import Journal
from app.services.audit import AuditService
from app.services.permissions import Operation, check
from protocol.errors import Conflict, InvalidRequest, Unavailable
from protocol.messages import Durability
from storage.addresses import FILES, absolute, masked
from storage.ports import Store

Opening = Callable[[str], Awaitable[Store]]


class Switchable(Protocol):
    """A store that can be exchanged."""

    @property
    def epoch(self) -> str: ...

    @property
    def durability(self) -> Durability: ...

    async def move_to(self, other: Store) -> None: ...


@dataclass(frozen=True)
class Persistence:
    """The store of the day; `address` without its password, `pinned` when the environment decides.

    `size` is that of its files in bytes; None where there are none.
    """

    address: str
    durability: Durability
    epoch: str
    writable: bool
    pinned: bool
    size: int | None = None


def size_of(address: str) -> int | None:
    """Return the bytes of the files behind a store's address; None when it has none."""
    scheme, _, path = address.partition(":")
    if scheme not in FILES:
        return None
    sizes = []
    for ending in ("", "-wal"):
        with suppress(OSError):
            sizes.append(Path(path + ending).stat().st_size)
    return sum(sizes) if sizes else None


class StoreChoice:
    """The address that was chosen at run time, in a file that only the relay reads."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "persistence.json"

    def read(self) -> str | None:
        """Return the chosen address, or None when none was chosen.

        Raises:
            InvalidRequest: the file can't be read; to go on without it would hide what is stored.
        """
        try:
            return str(json.loads(self._path.read_text(encoding="utf-8"))["store"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            raise InvalidRequest(
                f"{self._path} does not say which store was chosen; repair it, or remove it and choose again"
            ) from None

    def put_back(self, address: str | None) -> None:
        """Remember a former address, or that there was none."""
        if address is None:
            self._path.unlink(missing_ok=True)
        else:
            self.write(address)

    def write(self, address: str) -> None:
        """Remember an address across restarts; the file is readable by its owner alone.

        Raises:
            Unavailable: the data folder can't be written.
        """
        try:
            self._write(address)
        except OSError as error:
            raise Unavailable(f"the choice can't be kept in the data folder: {error.strerror}") from None

    def _write(self, address: str) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = self._path.with_suffix(".tmp")
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump({"store": address}, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)


class PersistenceService:
    """Shows and changes the store; masters and wardens may."""

    def __init__(
        self,
        *,
        store: Switchable,
        address: str,
        pinned: bool,
        journal: Journal,
        audit: AuditService,
        choice: StoreChoice,
        opening: Opening,
    ) -> None:
        self._store = store
        self._address = address
        self._pinned = pinned
        self._journal = journal
        self._audit = audit
        self._choice = choice
        self._opening = opening

    def show(self, actor: Actor) -> Persistence:
        """Return the store of the day.

        Raises:
            Forbidden: neither master nor warden.
        """
        check(actor, Operation.PERSISTENCE_READ)
        return Persistence(
            address=masked(self._address),
            durability=self._store.durability,
            epoch=self._store.epoch,
            writable=self._journal.is_writable,
            pinned=self._pinned,
            size=size_of(self._address),
        )

    async def test(self, actor: Actor, address: str) -> None:
        """Try a store without using it.

        Raises:
            Forbidden: neither master nor warden. InvalidRequest, Unavailable: it can't be opened, and why.
        """
        check(actor, Operation.PERSISTENCE_SET)
        store = await self._opening(address)
        await store.close()

    async def switch(self, actor: Actor, address: str) -> Persistence:
        """Carry everything over to another store and go on with it; offsets and epoch stay.

        Raises:
            Forbidden: neither master nor warden.
            Conflict: the environment decides, or the other store holds something already.
            InvalidRequest, Unavailable: it can't be opened, and why; nothing has changed.
        """
        check(actor, Operation.PERSISTENCE_SET)
        if self._pinned:
            raise Conflict("CLAWNET_STORE decides; unset it to choose at run time", field="url")
        address = absolute(address)
        other = await self._opening(address)
        former = await asyncio.to_thread(self._choice.read)
        try:
            # Before the move: a relay must not go on with a store that it would not find again.
            await asyncio.to_thread(self._choice.write, address)
            async with self._journal.paused():
                await self._store.move_to(other)
        except Exception:
            await asyncio.to_thread(self._choice.put_back, former)
            await other.close()
            raise
        before, self._address = self._address, address
        await self._audit.note(actor, "persistence.switch", masked(address), before=masked(before))
        return self.show(actor)
