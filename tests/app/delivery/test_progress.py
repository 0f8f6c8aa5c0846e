"""Progress: how far agents have read, noted at once and stored in bundles."""

import pytest

from protocol.errors import Internal, Unavailable
from protocol.requests import RoomCreate
from tests.fakes import FlakyStore, Stage, turns


async def test_noted_cursor_counts_before_it_is_stored(stage: Stage, store: FlakyStore) -> None:
    stage.core.readers.progress.note("operator", "global", 7)

    assert (await stage.core.readers.progress.of_agent("operator"))["global"] == 7
    assert (await store.cursors("operator"))["global"] == 0


async def test_flush_stores_all_notes_in_one_write(stage: Stage, store: FlakyStore) -> None:
    stage.core.readers.progress.note("operator", "global", 7)
    stage.core.readers.progress.note("operator", "alpha", 3)
    stage.core.readers.progress.note("ann", "global", 5)
    before = len(store.batches)

    await stage.core.readers.progress.flush()

    assert len(store.batches) == before + 1
    assert await store.cursors("operator") == {"global": 7, "alpha": 3}
    assert (await store.cursors("ann"))["global"] == 5


async def test_flush_without_notes_does_not_bother_the_store(stage: Stage, store: FlakyStore) -> None:
    stage.core.readers.progress.note("operator", "global", 7)
    await stage.core.readers.progress.flush()
    before = len(store.batches)

    await stage.core.readers.progress.flush()

    assert len(store.batches) == before


async def test_of_many_notes_the_furthest_counts(stage: Stage) -> None:
    for offset in (3, 9, 5):
        stage.core.readers.progress.note("ann", "global", offset)

    assert await stage.core.readers.progress.of_agent("ann") == {"global": 9}


async def test_note_behind_what_is_stored_takes_nothing_back(stage: Stage) -> None:
    stage.core.readers.progress.note("ann", "global", 9)
    await stage.core.readers.progress.flush()

    stage.core.readers.progress.note("ann", "global", 5)

    assert await stage.core.readers.progress.of_agent("ann") == {"global": 9}


async def test_notes_of_a_deleted_room_are_forgotten_with_it(stage: Stage, store: FlakyStore) -> None:
    ann = await stage.enrol("ann")
    await stage.core.rooms.create(ann, RoomCreate(room="alpha"))
    for room in ("alpha", "global"):
        stage.core.readers.progress.note("ann", room, 7)

    await stage.core.rooms.delete(stage.operator, "alpha")
    await stage.core.readers.progress.flush()

    assert await store.cursors("ann") == {"global": 7}


@pytest.mark.parametrize("failure", [Unavailable("away"), OSError("a bug")])
async def test_notes_survive_a_store_that_fails(stage: Stage, store: FlakyStore, failure: Exception) -> None:
    stage.core.readers.progress.note("ann", "global", 9)
    store.failure = failure
    with pytest.raises((Unavailable, Internal)):
        await stage.core.readers.progress.flush()
    store.failure = None

    await stage.core.readers.progress.flush()

    assert await store.cursors("ann") == {"global": 9}


async def test_note_made_while_the_store_fails_is_not_overwritten(stage: Stage, store: FlakyStore) -> None:
    stage.core.readers.progress.note("ann", "global", 5)
    store.open.clear()
    store.failure = Unavailable("away")
    stage.core.base.background.spawn(_flush_in_vain(stage), name="flush")
    await turns()
    stage.core.readers.progress.note("ann", "global", 9)

    store.open.set()
    await turns()
    store.failure = None

    assert await stage.core.readers.progress.of_agent("ann") == {"global": 9}


async def _flush_in_vain(stage: Stage) -> None:
    with pytest.raises(Unavailable):
        await stage.core.readers.progress.flush()


@pytest.mark.parametrize("failure", [Unavailable("away"), OSError("a bug")])
async def test_bundles_go_on_by_themselves_after_a_failure(
    stage: Stage, store: FlakyStore, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    monkeypatch.setattr("app.delivery.progress.FLUSH_EVERY", 0)
    stage.core.readers.progress.start()
    store.failure = failure
    stage.core.readers.progress.note("ann", "global", 9)
    await turns()
    store.failure = None

    await turns()

    assert await store.cursors("ann") == {"global": 9}


async def test_stopping_stores_what_is_noted(stage: Stage, store: FlakyStore) -> None:
    stage.core.readers.progress.note("ann", "global", 9)

    await stage.core.stop()

    assert await store.cursors("ann") == {"global": 9}
    assert store.is_closed


@pytest.mark.parametrize("failure", [Unavailable("away"), OSError("a bug")])
async def test_relay_stops_although_the_store_is_away(
    stage: Stage, store: FlakyStore, failure: Exception
) -> None:
    stage.core.readers.progress.note("ann", "global", 9)
    store.failure = failure

    await stage.core.stop()

    assert store.is_closed
    with pytest.raises(Unavailable, match="stopping"):
        await stage.say(stage.operator)
