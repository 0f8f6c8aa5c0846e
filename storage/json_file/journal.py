"""The journal's file: lines go to its end and to disk, and are read back by their position."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from zlib import crc32

from storage.files import claim, sync_folder
from storage.json_file.lines import DamagedLine, Entry, decode, encode

READ = 2048  # bytes of a first look; most lines are shorter
CHUNK = 1 << 20


class Journal:
    """An open journal that no other process may open."""

    def __init__(self, path: Path, *, flags: int = 0) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | flags, 0o600)
        self.path = path
        self.size = os.fstat(self._descriptor).st_size
        self.checksum = 0  # of everything up to `size`
        self.lines = 0
        self.tx = 0
        self._is_torn = False
        self._is_settled = True
        try:
            claim(self._descriptor, path)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let another process open the file."""
        descriptor, self._descriptor = getattr(self, "_descriptor", -1), -1
        if descriptor >= 0:
            os.close(descriptor)

    def __del__(self) -> None:
        # Readers may still hold a journal that was written anew meanwhile: the last one closes it.
        self.close()

    def append(self, entries: Sequence[Entry], *, sync: bool = True) -> list[int]:
        """Write the entries of a transaction, and to disk with `sync`; return their positions.

        Raises:
            OSError: nothing was added.
        """
        self._mend()
        last = len(entries) - 1
        lines = [encode(entry, tx=self.tx + 1, is_last=at == last) for at, entry in enumerate(entries)]
        positions, position = [], self.size
        for line in lines:
            positions.append(position)
            position += len(line)
        block = b"".join(lines)
        self._is_torn = True
        self._write(block)
        if sync:
            os.fsync(self._descriptor)
        self._is_torn = False
        self.size, self.lines = position, self.lines + len(lines)
        self.checksum = crc32(block, self.checksum)
        self.tx += 1
        return positions

    def entry(self, position: int) -> Entry:
        """Read the entry of the line that begins at `position`.

        Raises:
            DamagedLine: it is not what was written.
        """
        block = os.pread(self._descriptor, READ, position)
        while (end := block.find(b"\n")) < 0:
            more = os.pread(self._descriptor, max(READ, len(block)), position + len(block))
            if not more:
                raise DamagedLine
            block += more
        return decode(block[:end])

    def scan(self, start: int) -> Iterator[tuple[int, bytes]]:
        """Yield position and bytes of each line from `start` on, the line end included if there is one."""
        position, rest = start, b""
        while chunk := os.pread(self._descriptor, CHUNK, position + len(rest)):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield position, line + b"\n"
                position += len(line) + 1
        if rest:
            yield position, rest

    def checksum_to(self, size: int, *, start: int = 0, checksum: int = 0) -> int:
        """Return the checksum of the first `size` bytes, given the `checksum` of the first `start`."""
        position = start
        while position < size and (
            chunk := os.pread(self._descriptor, min(CHUNK, size - position), position)
        ):
            checksum, position = crc32(chunk, checksum), position + len(chunk)
        return checksum

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes of a stretch."""
        return os.pread(self._descriptor, stop - start, start)

    def cut(self, size: int) -> None:
        """Forget everything after the first `size` bytes."""
        os.ftruncate(self._descriptor, size)
        os.fsync(self._descriptor)

    def take_the_place_of(self, path: Path) -> None:
        """Put everything on disk and be the file `path` from now on; `settle` makes that last."""
        self.sync()
        self.path.replace(path)
        self.path, self._is_settled = path, False

    def settle(self) -> None:
        """Put the file's name on disk if it is new; nothing is appended before that is done."""
        if not self._is_settled:
            sync_folder(self.path.parent)
            self._is_settled = True

    def sync(self) -> None:
        """Put everything on disk."""
        os.fsync(self._descriptor)

    def _write(self, block: bytes) -> None:
        rest = memoryview(block)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def _mend(self) -> None:
        self.settle()
        # What a failed append left must go before anything is added after it.
        if self._is_torn:
            self.cut(self.size)
            self._is_torn = False
