"""The garbage collector's pace: what is over goes soon, whatever else happens."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest

from app import collecting
from app.background import Background


class Over:
    """A thing that knows itself, as a link and its task do."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
async def background() -> AsyncIterator[Background]:
    keeper = Background()
    yield keeper
    await keeper.close()


@pytest.mark.parametrize("is_old", [False, True])
async def test_what_is_over_goes_though_nothing_happens(background: Background, is_old: bool) -> None:
    gone = asyncio.Event()
    with untouched():
        over = Over()
        weakref.finalize(over, gone.set)
        if is_old:
            gc.collect()
        del over
        gc.disable()
        background.spawn(collecting.rounds(0.001, full=0.01), name="rounds")

        await asyncio.wait_for(gone.wait(), 10)


def test_what_was_loaded_is_left_out() -> None:
    with untouched():
        frozen = gc.get_freeze_count()
        kept = [Over() for _ in range(100)]

        collecting.settle()

        assert gc.get_freeze_count() >= frozen + len(kept)
        assert gc.get_threshold()[0] == collecting.MOST


@contextmanager
def untouched() -> Iterator[None]:
    threshold = gc.get_threshold()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*threshold)
        gc.enable()
