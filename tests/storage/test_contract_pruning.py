"""What every store lets go on demand: old messages with their keys, and nothing else."""

import pytest

from protocol.errors import NotFound
from storage.ports import Bounds, DeleteRoom, Redact, Store, Write
from tests.fakes import an_append
from tests.storage.contract import a_tombstone, commit, offsets, stored
from tests.storage.samples import EARLY, LATE, a_message

MIDDLE = "2026-03-01T00:00:00.000Z"


async def fill_both(store: Store) -> None:
    """Store three old and two new messages in alpha, two old ones in beta."""
    writes: list[Write] = [(a_message(f"m{n}", "x", ts=EARLY if n < 4 else LATE),) for n in range(1, 6)]
    writes += [(a_message(f"b{n}", "x", room="beta"),) for n in (1, 2)]
    await store.commit(writes)


async def test_what_is_older_goes_and_what_is_newer_stays(store: Store) -> None:
    await fill_both(store)

    assert await store.prune(before=MIDDLE, limit=100) == 5

    assert store.bounds("alpha") == Bounds(head=5, oldest=4)
    assert store.bounds("beta") == Bounds(head=2, oldest=3)
    assert await offsets(store, after=0) == [4, 5]
    assert await store.page("beta", limit=10) == []
    assert await store.message("alpha", "id-m1") is None


async def test_pruning_goes_in_small_steps(store: Store) -> None:
    await fill_both(store)

    counts = [await store.prune(before=MIDDLE, limit=2) for _ in range(4)]

    assert counts == [2, 2, 1, 0]


async def test_message_of_that_very_moment_stays(store: Store) -> None:
    await fill_both(store)

    assert await store.prune(before=EARLY, limit=100) == 0
    assert store.bounds("alpha") == Bounds(5, 1)


async def test_offsets_go_on_after_everything_went(store: Store) -> None:
    await fill_both(store)
    await store.prune(before="2027", limit=100)

    receipt = await stored(store, an_append("next"))

    assert receipt.messages[0].offset == 6
    assert store.bounds("alpha") == Bounds(6, 6)
    assert await offsets(store) == [6]


async def test_key_goes_with_its_message_and_others_stay(store: Store) -> None:
    await fill_both(store)
    await store.prune(before=MIDDLE, limit=100)

    again = await stored(store, a_message("m1", "x"))
    repeat = await stored(store, a_message("m5", "x", ts=LATE))

    assert again.messages[0].offset == 6
    assert repeat.repeat is not None
    assert repeat.repeat.offset == 5


async def test_message_that_went_is_not_redacted(store: Store) -> None:
    await fill_both(store)
    await store.prune(before=MIDDLE, limit=100)

    assert isinstance(await commit(store, Redact("alpha", 3, a_tombstone(3))), NotFound)


@pytest.mark.parametrize("limit", [1, 100])
async def test_clock_that_was_set_back_tears_no_hole(store: Store, limit: int) -> None:
    await store.commit([(a_message("m1", "x", ts=LATE),), (a_message("m2", "x", ts=EARLY),)])

    assert await store.prune(before=MIDDLE, limit=limit) == 0
    assert await offsets(store) == [1, 2]


async def test_key_of_a_deleted_room_is_free_elsewhere(store: Store) -> None:
    await fill_both(store)
    await stored(store, DeleteRoom("beta"))

    receipt = await stored(store, a_message("b1", "other"))

    assert receipt.messages[0].offset == 6
