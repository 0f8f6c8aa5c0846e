"""Persistence: another store while the relay runs, with everything that was there, or nothing at all."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from app.actor import Via
from app.core import StoreAccess, build_core
from app.services.persistence import PersistenceService, StoreChoice
from protocol.errors import ClawNetError, Conflict, Forbidden, InvalidRequest, Unavailable
from protocol.messages import Durability
from protocol.requests import ChatHistory, RoomCreate
from protocol.roles import Role
from storage.ports import Store
from storage.records import Record
from tests.fakes import OPERATOR_TOKEN, FakeClock, FlakyStore, Stage, settings_of, turns

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
        self.load_failure: ClawNetError | None = None

    @override
    async def load(self, records: AsyncIterator[Record]) -> None:
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


@pytest.fixture
def stores() -> Stores:
    return Stores()


@pytest.fixture
def is_pinned() -> bool:
    return False


@pytest.fixture
async def stage(
    store: FlakyStore, clock: FakeClock, stores: Stores, tmp_path: Path, is_pinned: bool
) -> AsyncIterator[Stage]:
    """Start a relay that opens stores as the test says, with a little history."""
    access = StoreAccess(
        address="memory", pinned=is_pinned, choice=StoreChoice(tmp_path / "data"), opening=stores
    )
    core = build_core(settings_of(), store=store, clock=clock, access=access)
    await core.start(OPERATOR_TOKEN)
    stage = Stage(core, clock)
    await stage.enrol("ann")
    await stage.say_many(stage.operator, 3)
    yield stage
    await core.stop()


@pytest.fixture
def persistence(stage: Stage) -> PersistenceService:
    return stage.core.keeping.persistence


def chosen(tmp_path: Path) -> Path:
    return tmp_path / "data" / "persistence.json"


async def texts(stage: Stage) -> list[tuple[int, str]]:
    """Return offset and id of what is in the global room."""
    page = await stage.core.chat.history(stage.operator, ChatHistory(room="global"))
    return [(message.offset, message.id) for message in page.messages]


async def test_store_of_the_day_is_shown(stage: Stage, persistence: PersistenceService) -> None:
    shown = persistence.show(stage.operator)

    assert vars(shown) == {
        "address": "memory",
        "durability": "memory",
        "epoch": "first",
        "writable": True,
        "pinned": False,
    }


async def test_store_that_takes_nothing_is_shown_as_such(
    stage: Stage, persistence: PersistenceService, store: FlakyStore
) -> None:
    store.failure = Unavailable("away")
    with pytest.raises(Unavailable):
        await stage.say(stage.operator)

    away = persistence.show(stage.operator).writable
    store.failure = None
    await stage.core.base.journal.probe()

    assert not away
    assert persistence.show(stage.operator).writable


async def test_everything_goes_along_to_another_store(
    stage: Stage, persistence: PersistenceService, stores: Stores, store: FlakyStore
) -> None:
    room = await stage.core.rooms.create(
        stage.actor("ann"), RoomCreate(room="alpha", visibility="private", topic="tides")
    )
    before = await texts(stage)
    held = [record async for record in store.dump()]

    shown = await persistence.switch(stage.operator, ADDRESS)

    assert (shown.address, shown.durability, shown.epoch) == (SHOWN, "disk", "first")
    assert await texts(stage) == before
    moved = [record async for record in stores.other.dump()]
    assert [record for record in held if record not in moved] == []
    assert stage.core.rooms.see(stage.actor("ann"), room.id).topic == "tides"
    assert store.is_closed


async def test_what_is_said_afterwards_goes_on_where_it_was_and_into_the_other_store(
    stage: Stage, persistence: PersistenceService, stores: Stores, store: FlakyStore
) -> None:
    await persistence.switch(stage.operator, ADDRESS)
    commits = len(store.batches)

    sent = await stage.say(stage.operator)

    assert (sent.offset, sent.durability) == (4, "disk")
    assert stores.other.bounds("global").head == 4
    assert len(store.batches) == commits


async def test_repeat_of_what_was_said_before_is_known_to_the_other_store(
    stage: Stage, persistence: PersistenceService
) -> None:
    first = await stage.say(stage.operator, key="one")

    await persistence.switch(stage.operator, ADDRESS)
    repeat = await stage.say(stage.operator, key="one")

    assert (repeat.duplicate, repeat.offset) == (True, first.offset)


async def test_reader_notices_nothing_of_the_change(stage: Stage, persistence: PersistenceService) -> None:
    reader = await stage.connect("ann")
    await stage.say(stage.operator)

    await persistence.switch(stage.operator, ADDRESS)
    await stage.say(stage.operator)

    assert reader.wire.offsets() == [1, 2, 3, 4, 5]
    assert reader.wire.closings == []


async def test_what_is_said_while_the_store_changes_waits_and_is_stored_in_the_other(
    stage: Stage, persistence: PersistenceService, stores: Stores
) -> None:
    other = OtherStore()
    other.loading.clear()
    stores.opened[ADDRESS] = other
    switch = asyncio.ensure_future(persistence.switch(stage.operator, ADDRESS))  # noqa: TID251
    await turns()
    saying = asyncio.ensure_future(stage.say(stage.operator, key="meanwhile"))  # noqa: TID251
    await turns()
    had_to_wait = not saying.done()

    other.loading.set()
    await switch
    sent = await saying

    assert had_to_wait
    assert sent.offset == 4
    assert other.bounds("global").head == 4


async def test_choice_is_remembered_in_a_file_that_nobody_else_reads(
    stage: Stage, persistence: PersistenceService, tmp_path: Path
) -> None:
    await persistence.switch(stage.operator, ADDRESS)

    file = chosen(tmp_path)
    assert json.loads(file.read_text(encoding="utf-8")) == {"store": ADDRESS}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [each.name for each in file.parent.iterdir()] == ["persistence.json"]
    assert StoreChoice(file.parent).read() == ADDRESS


def test_choice_replaces_the_one_before_and_its_mode(tmp_path: Path) -> None:
    choice = StoreChoice(tmp_path)
    chosen_file = tmp_path / "persistence.json"
    chosen_file.write_text("{}", encoding="utf-8")
    chosen_file.chmod(0o644)

    choice.write("sqlite:one")
    choice.write("sqlite:two")

    assert choice.read() == "sqlite:two"
    assert stat.S_IMODE(chosen_file.stat().st_mode) == 0o600


def test_nothing_was_chosen_at_first(tmp_path: Path) -> None:
    assert StoreChoice(tmp_path / "nowhere").read() is None


async def test_password_is_neither_shown_nor_recorded(stage: Stage, persistence: PersistenceService) -> None:
    shown = await persistence.switch(stage.operator, ADDRESS)

    records = await stage.records()
    assert SECRET not in str(vars(shown))
    assert SECRET not in "".join(record.model_dump_json() for record in records)
    assert (records[-1].action, records[-1].target) == ("persistence.switch", SHOWN)
    assert records[-1].detail == {"before": "memory"}


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


@pytest.mark.parametrize("failure", [InvalidRequest("no such driver"), Unavailable("refused")])
async def test_store_that_does_not_open_leaves_everything_as_it_was(
    stage: Stage,
    stores: Stores,
    store: FlakyStore,
    tmp_path: Path,
    failure: ClawNetError,
) -> None:
    stores.failure = failure

    assert await refused(stage) is failure

    await check_nothing_changed(stage, store, tmp_path)


async def test_store_that_fails_while_it_loads_is_closed_and_leaves_everything_as_it_was(
    stage: Stage, stores: Stores, store: FlakyStore, tmp_path: Path
) -> None:
    stores.opened[ADDRESS] = OtherStore()
    stores.other.load_failure = Unavailable("the disk is full")

    assert isinstance(await refused(stage), Unavailable)

    assert stores.other.is_closed
    await check_nothing_changed(stage, store, tmp_path)


async def test_store_that_holds_something_already_is_refused(
    stage: Stage,
    stores: Stores,
    store: FlakyStore,
    tmp_path: Path,
) -> None:
    stores.opened[ADDRESS] = OtherStore()
    foreign = Stage(build_core(settings_of(), store=stores.other, clock=FakeClock()), FakeClock())
    await foreign.core.start(OPERATOR_TOKEN)
    await foreign.say(foreign.operator)

    assert isinstance(await refused(stage), Conflict)
    await foreign.core.base.journal.close()
    await foreign.core.base.background.close()

    assert stores.other.is_closed
    await check_nothing_changed(stage, store, tmp_path)


@pytest.mark.parametrize("is_pinned", [True])
async def test_store_that_the_environment_chose_is_not_exchanged(
    stage: Stage, persistence: PersistenceService, stores: Stores, store: FlakyStore, tmp_path: Path
) -> None:
    assert isinstance(await refused(stage), Conflict)

    assert stores.opened == {}
    assert persistence.show(stage.operator).pinned
    await check_nothing_changed(stage, store, tmp_path)


async def test_relay_goes_on_after_a_switch_that_failed(
    stage: Stage, persistence: PersistenceService, stores: Stores
) -> None:
    stores.failure = Unavailable("refused")
    await refused(stage)
    stores.failure = None

    shown = await persistence.switch(stage.operator, ADDRESS)

    assert shown.address == SHOWN
    assert (await stage.say(stage.operator)).offset == 4


async def test_store_is_tried_without_being_used(
    stage: Stage, persistence: PersistenceService, stores: Stores, store: FlakyStore, tmp_path: Path
) -> None:
    await persistence.test(stage.operator, ADDRESS)

    assert stores.other.is_closed
    await check_nothing_changed(stage, store, tmp_path)


async def test_failing_trial_says_why(stage: Stage, persistence: PersistenceService, stores: Stores) -> None:
    stores.failure = Unavailable("no route to the host")

    with pytest.raises(Unavailable, match="no route"):
        await persistence.test(stage.operator, ADDRESS)


async def test_wardens_see_and_change_the_store_and_workers_do_neither(
    stage: Stage, persistence: PersistenceService, stores: Stores
) -> None:
    warden, worker = await stage.enrol("wat", Role.WARDEN), stage.actor("ann")
    asking: list[Any] = [persistence.test, persistence.switch]

    with pytest.raises(Forbidden):
        persistence.show(worker)
    for ask in asking:
        with pytest.raises(Forbidden):
            await ask(worker, ADDRESS)

    assert stores.opened == {}
    assert (await persistence.switch(warden, ADDRESS)).address == SHOWN


async def test_relay_that_starts_on_the_chosen_store_knows_everybody(
    stage: Stage, persistence: PersistenceService, stores: Stores, clock: FakeClock
) -> None:
    issued = await stage.core.people.credentials.issue(stage.operator, "ann")
    await persistence.switch(stage.operator, ADDRESS)
    again = build_core(settings_of(), store=stores.other, clock=clock)

    await again.start(OPERATOR_TOKEN)
    actor = await again.people.credentials.authenticate(issued.text, Via.SOCKET)
    _, found = await again.base.audit.verify(actor=stage.operator)
    await again.base.journal.close()
    await again.base.background.close()

    assert actor.agent_id == "ann"
    assert found is None
