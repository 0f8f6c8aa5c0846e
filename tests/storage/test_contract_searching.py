"""Every store is searched alike: page by page from the new end, with nothing twice and nothing left out."""

import pytest

from app.services.search import find, words_of
from storage.ports import Redact, Store
from tests.fakes import an_append
from tests.storage.contract import a_tombstone, fill, stored


async def sought(store: Store, text: str, limit: int) -> list[list[int]]:
    """Search the room alpha page by page; return the offsets of each page."""
    pages, before = [], None
    while True:
        found = await find(store, "alpha", words_of(text), before=before, limit=limit)
        pages.append([message.offset for message in found.messages])
        if (before := found.next) is None:
            return pages


@pytest.mark.parametrize(
    ("limit", "pages"),
    [(2, [[13, 12], [11, 10], [1]]), (5, [[13, 12, 11, 10, 1]]), (50, [[13, 12, 11, 10, 1]])],
)
async def test_pages_follow_one_another(store: Store, limit: int, pages: list[list[int]]) -> None:
    await fill(store, 13)

    assert await sought(store, "text 1", limit) == pages


async def test_search_goes_on_beyond_a_page_of_the_log(store: Store) -> None:
    await stored(store, an_append("first", "The Needle"))
    await fill(store, 450)

    assert await sought(store, "NEEDLE", 50) == [[1]]


async def test_other_rooms_and_tombstones_are_not_found(store: Store) -> None:
    await fill(store, 3)
    await stored(store, an_append("elsewhere", "text 2", room="beta"))
    await stored(store, Redact("alpha", 2, a_tombstone(2)))

    assert await sought(store, "text 2", 50) == [[]]


async def test_room_without_messages_has_nothing(store: Store) -> None:
    assert await sought(store, "text", 50) == [[]]
