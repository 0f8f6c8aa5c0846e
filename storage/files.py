"""Files that last and that nobody else may read: made private, made durable, opened by one at a time."""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from protocol.errors import InvalidRequest

if sys.platform != "win32":
    import fcntl


def make_private(path: Path) -> None:
    """Make an empty file of mode 0600 unless there is one, and its folder of mode 0700.

    Raises:
        InvalidRequest: that is not possible.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NONBLOCK, 0o600)
        is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
        os.close(descriptor)
        if not is_file:
            raise unusable(path, "is a device, not a file")
        sync_folder(path.parent)
    except IsADirectoryError:
        raise unusable(path, "is a folder, not a file") from None
    except (FileExistsError, NotADirectoryError):
        raise unusable(path.parent, "is a file, not a folder") from None
    except OSError as error:
        raise unusable(path, f"can't be written ({os.strerror(error.errno or 0)})") from None


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on disk; a file that nobody can find again is lost."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Wait until no other process prepares a store in this folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if sys.platform != "win32":
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def claim(descriptor: int, path: Path) -> None:
    """Keep other processes off an open file until it is closed.

    Raises:
        InvalidRequest: another process has it.
    """
    if sys.platform != "win32":
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise unusable(path, "is in use by another process") from None


def remove(path: Path) -> None:
    """Remove a file if it is there."""
    with suppress(FileNotFoundError):
        path.unlink()


def unusable(path: Path, why: str) -> InvalidRequest:
    """Return the refusal of a store's path."""
    return InvalidRequest(f"the store {path} {why}", field="store")
