"""What every bounded store lets go, and what it never does."""

from pathlib import Path

import pytest

from protocol.errors import NotFound
from storage.ports import (
    Bounds,
    Receipt,
    Redact,
)
from tests.fakes import an_append
from tests.storage.contract import Opening, a_tombstone, commit, fill, offsets, stored


async def test_count_cap_lets_the_oldest_go(bounded: Opening, tmp_path: Path) -> None:
    store = await bounded(tmp_path, 3, 1024 * 1024)

    await fill(store, 5)

    assert store.bounds("alpha") == Bounds(head=5, oldest=3)
    assert await offsets(store) == [3, 4, 5]


async def test_byte_cap_lets_the_oldest_go(bounded: Opening, tmp_path: Path) -> None:
    store = await bounded(tmp_path, 1000, 100)

    await store.commit([(an_append(f"m{n}", size=40),) for n in range(5)])

    assert store.bounds("alpha") == Bounds(head=5, oldest=4)


async def test_body_of_exactly_the_cap_stays_beside_nothing(bounded: Opening, tmp_path: Path) -> None:
    store = await bounded(tmp_path, 1000, 100)

    await store.commit([(an_append("one", size=50),), (an_append("two", size=50),)])

    assert store.bounds("alpha") == Bounds(head=2, oldest=1)


async def test_newest_stays_however_large_it_is(bounded: Opening, tmp_path: Path) -> None:
    store = await bounded(tmp_path, 1000, 100)

    await store.commit([(an_append("small", size=10),), (an_append("huge", size=5000),)])

    assert await offsets(store) == [2]


async def test_room_recovers_from_a_huge_message(bounded: Opening, tmp_path: Path) -> None:
    store = await bounded(tmp_path, 1000, 100)
    await stored(store, an_append("huge", size=5000))

    await store.commit([(an_append("one", size=50),), (an_append("two", size=50),)])

    assert await offsets(store) == [2, 3]


async def test_offsets_are_never_used_again(bounded: Opening, tmp_path: Path) -> None:
    store = await bounded(tmp_path, 1, 1024 * 1024)
    await fill(store, 4)

    receipt = await stored(store, an_append("next"))

    assert receipt.messages[0].offset == 5


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ({"after": 0}, [6, 7, 8]),
        ({"after": 0, "limit": 1}, [6]),
        ({"after": 5}, [6, 7, 8]),
        ({"after": 6}, [7, 8]),
        ({"before": 6}, []),
        ({"before": 7}, [6]),
        ({"before": 8, "limit": 10}, [6, 7]),
        ({"limit": 10}, [6, 7, 8]),
    ],
)
async def test_page_begins_at_the_oldest_that_is_kept(
    bounded: Opening, tmp_path: Path, window: dict[str, int], expected: list[int]
) -> None:
    store = await bounded(tmp_path, 3, 1024 * 1024)
    await fill(store, 8)

    assert await offsets(store, **window) == expected


async def test_message_that_is_gone_is_neither_found_nor_redacted(bounded: Opening, tmp_path: Path) -> None:
    store = await bounded(tmp_path, 2, 1024 * 1024)
    await fill(store, 4)

    outcome = await commit(store, Redact("alpha", 2, a_tombstone(2)))

    assert await store.message("alpha", "m2") is None
    assert isinstance(outcome, NotFound)


async def test_key_of_a_message_that_is_gone_is_still_known(bounded: Opening, tmp_path: Path) -> None:
    store = await bounded(tmp_path, 1, 1024 * 1024)
    await fill(store, 3)

    repeat = await stored(store, an_append("m1", "text 1"))

    assert repeat.repeat is not None
    assert repeat.repeat.offset == 1


async def test_redaction_whose_entry_pushes_its_target_out_is_taken(bounded: Opening, tmp_path: Path) -> None:
    store = await bounded(tmp_path, 2, 1024 * 1024)
    await fill(store, 2)

    outcomes = await store.commit(
        [(an_append("entry"), Redact("alpha", 1, a_tombstone(1))), (an_append("neighbour"),)]
    )

    assert all(isinstance(outcome, Receipt) for outcome in outcomes)
    assert [message.id for message in await store.page("alpha", limit=9)] == ["entry", "neighbour"]
