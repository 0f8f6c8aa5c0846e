"""Files that are private, found again and held by one."""

import os
import stat
from pathlib import Path

import pytest

from protocol.errors import InvalidRequest
from storage.files import claim, make_private, one_at_a_time, remove


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_file_and_its_new_folder_are_nobody_elses(tmp_path: Path) -> None:
    path = tmp_path / "new" / "store"

    make_private(path)

    assert (mode(path), mode(path.parent)) == (0o600, 0o700)


def test_file_that_is_there_keeps_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "store"
    path.write_text("content")

    make_private(path)

    assert path.read_text() == "content"


@pytest.mark.parametrize(
    ("name", "why"), [("folder", "is a folder, not a file"), ("file/store", "is a file, not a folder")]
)
def test_place_of_the_wrong_kind_is_refused(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()

    with pytest.raises(InvalidRequest, match=why):
        make_private(tmp_path / name)


def test_what_is_no_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(InvalidRequest, match="is a device, not a file"):
        make_private(tmp_path / "pipe")

    assert (tmp_path / "pipe").is_fifo()


def test_claimed_file_is_refused_to_the_next_until_it_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "store"
    make_private(path)
    first, second = os.open(path, os.O_RDWR), os.open(path, os.O_RDWR)
    claim(first, path)

    with pytest.raises(InvalidRequest, match="in use"):
        claim(second, path)

    os.close(first)
    claim(second, path)
    os.close(second)


def test_folder_can_be_held_again_after_a_failure(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), one_at_a_time(tmp_path):
        raise RuntimeError

    with one_at_a_time(tmp_path):
        pass


def test_removing_what_is_not_there_is_no_failure(tmp_path: Path) -> None:
    remove(tmp_path / "nothing")
