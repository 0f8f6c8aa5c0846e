"""Stores to move to, and a relay that moves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from typing_extensions import override

from app.core import build_core
from app.keeping import StoreAccess
from app.services.persistence import StoreChoice
from protocol.errors import ClawNetError
from protocol.messages import Durability
from storage.ports import Store
from storage.records import Record
from tests.fakes import OPERATOR_TOKEN, FakeClock, FlakyStore, Stage, settings_of

SECRET = "s3cret-of-the-database"
ADDRESS = f"postgresql://ada:{SECRET}@db.example:5432/relay?sslpassword={SECRET}"
SHOWN = "postgresql://ada:***@db.example:5432/relay"


class OtherStore(FlakyStore):
    """A store to move to; its loading can be held and can fail."""

    durability: Durability = "disk"

    def __init__(self) -> None:
        super().__init__(epoch="other")
        self.loading = asyncio.Event()
        self.loading.set()
        self.begun = asyncio.Event()
        self.load_failure: ClawNetError | None = None

    @override
    async def load(self, records: AsyncIterator[Record]) -> None:
        self.begun.set()
        await self.loading.wait()
        if self.load_failure is not None:
            raise self.load_failure
        await super().load(records)


class Stores:
    """Opens stores, or fails to."""

    def __init__(self) -> None:
        self.opened: dict[str, OtherStore] = {}
        self.failure: ClawNetError | None = None

    async def __call__(self, address: str) -> Store:
        if self.failure is not None:
            raise self.failure
        return self.opened.setdefault(address, OtherStore())

    @property
    def other(self) -> OtherStore:
        """Return the store that was opened."""
        (store,) = self.opened.values()
        return store


def chosen(tmp_path: Path) -> Path:
    return tmp_path / "data" / "persistence.json"


async def refused(stage: Stage) -> ClawNetError:
    """Return the refusal of a switch."""
    with pytest.raises(ClawNetError) as refusal:
        await stage.core.keeping.persistence.switch(stage.operator, ADDRESS)
    return refusal.value


async def check_nothing_changed(stage: Stage, store: FlakyStore, tmp_path: Path) -> None:
    """Find everything as it was before."""
    persistence = stage.core.keeping.persistence
    assert persistence.show(stage.operator).address == "memory"
    assert not chosen(tmp_path).exists()
    assert not store.is_closed
    assert "persistence.switch" not in {record.action for record in await stage.records()}
    assert (await stage.say(stage.operator)).offset == 4
    assert store.bounds("global").head == 4


@asynccontextmanager
async def performed(
    store: FlakyStore, stores: Stores, folder: Path, *, pinned: bool = False
) -> AsyncIterator[Stage]:
    """Run a relay that opens stores as the test says, with a little history."""
    access = StoreAccess(address="memory", pinned=pinned, choice=StoreChoice(folder / "data"), opening=stores)
    clock = FakeClock()
    core = build_core(settings_of(), store=store, clock=clock, access=access)
    await core.start(OPERATOR_TOKEN)
    stage = Stage(core, clock)
    await stage.enrol("ann")
    await stage.say_many(stage.operator, 3)
    yield stage
    await core.stop()
