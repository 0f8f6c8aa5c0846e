"""The JSON store on a disk that is full, and in a place where nothing can be written."""

import stat
import time
from pathlib import Path

import pytest

from protocol.errors import InvalidRequest, Unavailable
from storage.json_file.store import open_json
from storage.ports import Bounds
from tests.fakes import an_append
from tests.storage.contract import fill, offsets, stored
from tests.storage.limits import no_file_beyond


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "store.jsonl"


def size_of(path: Path) -> int:
    return path.stat().st_size


async def test_files_and_folder_are_private(path: Path) -> None:
    store = await open_json(path, epoch="e")
    await fill(store, 1)
    await store.close()

    modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}

    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert modes == {0o600}


async def test_full_disk_is_reported_and_survived(path: Path) -> None:
    store = await open_json(path, epoch="e")
    await fill(store, 2)

    with no_file_beyond(size_of(path) + 2000):
        began = time.monotonic()
        with pytest.raises(Unavailable):
            await store.commit([(an_append("key", "x" * 9000),), (an_append("neighbour"),)])
        assert time.monotonic() - began < 2
        assert store.bounds("alpha") == Bounds(2, 1)
        assert await offsets(store) == [1, 2]
        assert (await stored(store, an_append("small"))).messages[0].offset == 3

    assert (await stored(store, an_append("key", "x" * 9000))).messages[0].offset == 4
    await store.close()
    store = await open_json(path, epoch="e")
    assert await offsets(store) == [1, 2, 3, 4]
    await store.close()


async def test_place_where_nothing_can_be_made_is_refused_with_the_reason() -> None:
    with pytest.raises(InvalidRequest, match=r"the store /proc/clawnet"):
        await open_json(Path("/proc/clawnet/store.jsonl"), epoch="e")


async def test_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="is a folder"):
        await open_json(tmp_path, epoch="e")
