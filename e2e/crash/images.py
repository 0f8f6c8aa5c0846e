"""Stores on file-system images that can lose their power: needs root and a loop device."""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import psutil

from e2e.databases import postgres

MEGABYTE = 1024 * 1024


class Medium(Protocol):
    """What a kind of store needs around it to live on an image."""

    def format(self, image: Path) -> None:
        """Make the image, with all that must be there before the first write."""
        ...

    def start(self, folder: Path) -> str:
        """Bring up what serves the store in the mounted `folder`; return the store's address."""
        ...

    def freeze(self, folder: Path) -> None:
        """Stop everything that could still write, where it stands."""
        ...

    def end(self, folder: Path) -> None:
        """End what `start` brought up."""
        ...


class FileMedium:
    """A store that is a file: nothing serves it."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def format(self, image: Path) -> None:
        make_file_system(image, 64 * MEGABYTE)

    def start(self, folder: Path) -> str:
        return f"{self._kind}:{folder}/store"

    def freeze(self, folder: Path) -> None:
        """Nothing but the writer writes."""

    def end(self, folder: Path) -> None:
        """Nothing was started."""


class PostgresMedium:
    """A cluster whose whole folder is on the image; it is made once and copied for each round."""

    def __init__(self, work: Path) -> None:
        self._work = work
        self._template = work / "cluster"
        self._url = ""

    def format(self, image: Path) -> None:
        if not self._url:
            # The owner of the cluster must be able to enter.
            self._work.chmod(0o711)
            make_file_system(self._template, 512 * MEGABYTE)
            with mounted(self._template, self._work / "template") as folder:
                self._url = postgres("start", folder / "cluster")
                postgres("crash", folder / "cluster")
        subprocess.run(["cp", "--sparse=always", self._template, image], check=True)

    def start(self, folder: Path) -> str:
        # A machine that comes back has no process of this number.
        (folder / "cluster" / "data" / "postmaster.pid").unlink(missing_ok=True)
        postgres("resume", folder / "cluster")
        return self._url

    def freeze(self, folder: Path) -> None:
        _signal(_processes(folder), signal.SIGSTOP)

    def end(self, folder: Path) -> None:
        ended = _processes(folder)
        _signal(ended, signal.SIGKILL)
        psutil.wait_procs(ended, timeout=10)


def medium_of(kind: str, work: Path) -> Medium:
    """Return the medium of a kind of store; `work` is a folder for what all rounds share."""
    return PostgresMedium(work) if kind == "postgresql" else FileMedium(kind)


def make_file_system(image: Path, size: int) -> None:
    """Make an image of `size` bytes with an empty ext4."""
    with image.open("wb") as file:
        file.truncate(size)
    subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True)


def cut_the_power(image: Path, after: Path) -> None:
    """Copy an image as it is: what the kernel has not written out is gone."""
    shutil.copyfile(image, after)


@contextmanager
def mounted(image: Path, place: Path) -> Iterator[Path]:
    """Mount an image for a while."""
    place.mkdir()
    # A long commit interval: the file system must not happen to save what the store did not.
    subprocess.run(["mount", "-o", "loop,commit=60", image, place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


def _processes(folder: Path) -> list[psutil.Process]:
    number = (folder / "cluster" / "data" / "postmaster.pid").read_text().split()[0]
    postmaster = psutil.Process(int(number))
    return [postmaster, *postmaster.children(recursive=True)]


def _signal(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        # Its workers end by themselves when a postmaster does.
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
