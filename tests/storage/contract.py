"""Shorthands for committing to a store and looking at what it did."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from protocol.payloads import RedactionPayload
from storage.ports import (
    Op,
    Outcome,
    Receipt,
    Store,
    Write,
)
from tests.fakes import an_append

Opening = Callable[[Path, int, int], Awaitable[Store]]


async def commit(store: Store, *write: Op) -> Outcome:
    """Commit one write and return its outcome."""
    (outcome,) = await store.commit([write])
    return outcome


async def stored(store: Store, *write: Op) -> Receipt:
    """Commit one write that must be taken."""
    outcome = await commit(store, *write)
    assert isinstance(outcome, Receipt)
    return outcome


async def fill(store: Store, count: int, room: str = "alpha") -> None:
    """Store `count` messages with the ids m1, m2 and so on."""
    writes: list[Write] = [(an_append(f"m{n}", f"text {n}", room=room),) for n in range(1, count + 1)]
    await store.commit(writes)


async def offsets(store: Store, **window: int) -> list[int]:
    """Return the offsets of one page of the room alpha."""
    return [message.offset for message in await store.page("alpha", **{"limit": 100} | window)]


def a_tombstone(offset: int) -> RedactionPayload:
    """Return what takes the place of the message `offset`."""
    return RedactionPayload(target=f"m{offset}", target_offset=offset, reason="secret")
