"""Persistence: another store while the relay runs, with everything that was there."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.actor import Via
from app.core import build_core
from app.services.persistence import PersistenceService, StoreChoice, size_of
from protocol.errors import Forbidden, InvalidRequest, Unavailable
from protocol.requests import ChatHistory, RoomCreate
from protocol.roles import Role
from tests.app.services.other_stores import ADDRESS, SECRET, SHOWN, OtherStore, Stores, chosen, performed
from tests.fakes import OPERATOR_TOKEN, FakeClock, FlakyStore, Stage, settings_of, turns


@pytest.fixture
def stores() -> Stores:
    return Stores()


@pytest.fixture
async def stage(store: FlakyStore, stores: Stores, tmp_path: Path) -> AsyncIterator[Stage]:
    async with performed(store, stores, tmp_path) as stage:
        yield stage


@pytest.fixture
def persistence(stage: Stage) -> PersistenceService:
    return stage.core.keeping.persistence


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
        "size": None,
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
    stage: Stage, persistence: PersistenceService, stores: Stores, store: FlakyStore
) -> None:
    other = OtherStore()
    other.loading.clear()
    stores.opened[ADDRESS] = other
    switch = asyncio.ensure_future(persistence.switch(stage.operator, ADDRESS))  # noqa: TID251
    await other.begun.wait()
    saying = asyncio.ensure_future(stage.say(stage.operator, key="meanwhile"))  # noqa: TID251
    await turns()
    meanwhile = store.bounds("global").head

    other.loading.set()
    await switch
    sent = await saying

    assert meanwhile == 3
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


async def test_chosen_path_means_the_same_wherever_the_relay_starts_next(
    stage: Stage, persistence: PersistenceService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    shown = await persistence.switch(stage.operator, "sqlite:kept.db")

    assert shown.address == f"sqlite:{tmp_path}/kept.db"
    assert StoreChoice(chosen(tmp_path).parent).read() == shown.address


def test_choice_replaces_the_one_before_and_its_mode(tmp_path: Path) -> None:
    choice = StoreChoice(tmp_path)
    chosen_file = tmp_path / "persistence.json"
    chosen_file.write_text("{}", encoding="utf-8")
    chosen_file.chmod(0o644)

    choice.write("sqlite:one")
    choice.write("sqlite:two")

    assert choice.read() == "sqlite:two"
    assert stat.S_IMODE(chosen_file.stat().st_mode) == 0o600


@pytest.mark.parametrize("damage", ["", "{", "[]", "{}", "\N{SNOWMAN}"])
def test_choice_that_cannot_be_read_is_named_and_not_passed_over(tmp_path: Path, damage: str) -> None:
    (tmp_path / "persistence.json").write_text(damage, encoding="utf-8")

    with pytest.raises(InvalidRequest, match=r"persistence\.json does not say"):
        StoreChoice(tmp_path).read()


def test_nothing_was_chosen_at_first(tmp_path: Path) -> None:
    assert StoreChoice(tmp_path / "nowhere").read() is None


async def test_password_is_neither_shown_nor_recorded(stage: Stage, persistence: PersistenceService) -> None:
    shown = await persistence.switch(stage.operator, ADDRESS)

    records = await stage.records()
    assert SECRET not in str(vars(shown))
    assert SECRET not in "".join(record.model_dump_json() for record in records)
    assert (records[-1].action, records[-1].target) == ("persistence.switch", SHOWN)
    assert records[-1].detail == {"before": "memory"}


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


def test_size_is_that_of_the_files(tmp_path: Path) -> None:
    (tmp_path / "store").write_bytes(b"12345")
    (tmp_path / "store-wal").write_bytes(b"123")

    assert size_of(f"sqlite:{tmp_path / 'store'}") == 8
    assert size_of(f"json:{tmp_path / 'none'}") is None
    assert size_of("memory") is None
    assert size_of("postgresql://host/store") is None
