"""Lists: `{"items": [...], "next": cursor or null}`, and the same cursor in the header `Link` (RFC 8288)."""

from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel

from protocol.errors import NotFound

Item = TypeVar("Item")
MAX_ITEMS = 1_000


class Page(BaseModel, Generic[Item]):
    """One page of a list; `next` is the cursor of the following one."""

    items: list[Item]
    next: str | None = None


class Links:
    """Writes where a list goes on into the answer's header."""

    def __init__(self, request: Request, response: Response) -> None:
        self._request = request
        self._response = response

    def to(self, relation: str, **query: str | int | None) -> None:
        """Link the same list with some of its query changed; None takes a part away."""
        changed = {name: value for name, value in query.items() if value is not None}
        # A reference, not an address: what the relay is called from outside it does not know for sure.
        url = self._request.url.remove_query_params(list(query)).include_query_params(**changed)
        link = f'<{url.path}?{url.query}>; rel="{relation}"'
        before = self._response.headers.get("link")
        self._response.headers["Link"] = f"{before}, {link}" if before else link


Linked = Annotated[Links, Depends()]


class Paging:
    """Which page of a list that is held as a whole."""

    def __init__(
        self,
        links: Linked,
        limit: Annotated[int, Query(ge=1, le=MAX_ITEMS)] = MAX_ITEMS,
        cursor: Annotated[str | None, Query(max_length=256, description="`next` of the page before.")] = None,
    ) -> None:
        self._links = links
        self._limit = limit
        self._cursor = cursor

    def of(self, items: Sequence[Item], key: Callable[[Item], str]) -> Page[Item]:
        """Cut the page out of a list; `key` names an item in it.

        Raises:
            NotFound: the item after which the page begins is not in the list (any more).
        """
        start = place_after(self._cursor, items, key) if self._cursor is not None else 0
        page = list(items[start : start + self._limit])
        if start + self._limit >= len(items):
            return Page(items=page)
        cursor = key(page[-1])
        self._links.to("next", cursor=cursor)
        return Page(items=page, next=cursor)


Paged = Annotated[Paging, Depends()]


def place_after(cursor: str, items: Sequence[Item], key: Callable[[Item], str]) -> int:
    """Return how many items stand up to and with the one that `cursor` names.

    Raises:
        NotFound: there is none.
    """
    for number, item in enumerate(items, 1):
        if key(item) == cursor:
            return number
    # From the beginning again would send who turns pages in a circle.
    raise NotFound("no such item in this list", field="cursor")
