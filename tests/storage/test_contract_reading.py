"""How every store is read: pages, bounds, single messages, tombstones."""

import pytest

from protocol.errors import NotFound
from storage.ports import (
    Bounds,
    Redact,
    Store,
)
from tests.fakes import an_append
from tests.storage.contract import a_tombstone, fill, offsets, stored


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ({"after": 0}, [1, 2, 3, 4, 5]),
        ({"after": 0, "limit": 2}, [1, 2]),
        ({"after": 2, "limit": 2}, [3, 4]),
        ({"after": 4}, [5]),
        ({"after": 5}, []),
        ({"after": 99}, []),
        ({"before": 6}, [1, 2, 3, 4, 5]),
        ({"before": 6, "limit": 2}, [4, 5]),
        ({"before": 5, "limit": 2}, [3, 4]),
        ({"before": 3, "limit": 5}, [1, 2]),
        ({"before": 2}, [1]),
        ({"before": 1}, []),
        ({"before": 0}, []),
        ({"before": 99, "limit": 1}, [5]),
        ({"limit": 1}, [5]),
        ({"limit": 3}, [3, 4, 5]),
        ({"limit": 5}, [1, 2, 3, 4, 5]),
        ({"limit": 200}, [1, 2, 3, 4, 5]),
    ],
)
async def test_page_is_in_order_and_within_its_window(
    store: Store, window: dict[str, int], expected: list[int]
) -> None:
    await fill(store, 5)

    assert await offsets(store, **window) == expected


async def test_page_of_a_room_without_messages_is_empty(store: Store) -> None:
    await fill(store, 1, room="beta")

    assert await store.page("alpha", limit=10) == []
    assert await store.page("alpha", after=0, limit=10) == []
    assert await store.page("alpha", before=5, limit=10) == []


async def test_bounds_of_an_empty_room_are_zero_and_one(store: Store) -> None:
    assert store.bounds("alpha") == Bounds(head=0, oldest=1)


async def test_bounds_follow_what_is_stored(store: Store) -> None:
    await fill(store, 3)

    assert store.bounds("alpha") == Bounds(head=3, oldest=1)


async def test_message_is_found_by_its_id_in_its_room_only(store: Store) -> None:
    await fill(store, 3)
    await fill(store, 1, room="beta")

    found = await store.message("alpha", "m2")

    assert found is not None
    assert found.offset == 2
    assert await store.message("beta", "m2") is None
    assert await store.message("gamma", "m2") is None


async def test_of_two_messages_with_one_id_the_newer_is_found(store: Store) -> None:
    await stored(store, an_append("same", sender="ann"))
    await stored(store, an_append("same", sender="bob"))

    found = await store.message("alpha", "same")

    assert found is not None
    assert found.from_id == "bob"


async def test_redaction_leaves_a_tombstone_in_the_place(store: Store) -> None:
    await fill(store, 3)
    before = await store.page("alpha", limit=10)

    await stored(store, Redact("alpha", 2, a_tombstone(2)))

    after = await store.page("alpha", limit=10)
    assert after == [before[0], before[1].model_copy(update={"payload": a_tombstone(2)}), before[2]]
    assert await store.message("alpha", "m2") == after[1]


async def test_redaction_of_what_is_not_there_is_refused(store: Store) -> None:
    await fill(store, 2)

    outcomes = await store.commit(
        [
            (Redact("alpha", 3, a_tombstone(3)),),
            (Redact("beta", 1, a_tombstone(1)),),
            (an_append("entry"), Redact("alpha", 9, a_tombstone(9))),
        ]
    )

    assert [type(outcome) for outcome in outcomes] == [NotFound, NotFound, NotFound]
    assert store.bounds("alpha").head == 2


async def test_redacted_message_still_counts_as_said(store: Store) -> None:
    await fill(store, 1)
    await stored(store, Redact("alpha", 1, a_tombstone(1)))

    repeat = await stored(store, an_append("m1", "text 1"))

    assert repeat.repeat is not None
