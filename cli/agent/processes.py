"""Running a program: never through a shell, in a group of its own, with a clean environment and an end."""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
KEPT = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "USER", "LOGNAME")
MAX_KEPT = 64 * 1024  # bytes of output: a result's cap in the widest characters
KILL_AFTER = 5.0  # seconds between asking a group to end and ending it
LAST_READ = 1.0  # seconds for what is still in the pipes
LOOK = 0.02  # seconds between two looks at a process
CHUNK = 16 * 1024


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended; `code` is negative for a signal, None if its time was up."""

    code: int | None
    out: bytes
    err: bytes
    is_cut: bool


def scrubbed(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what a program may see of an environment: nothing that is secret, and a path of ours."""
    return {name: environment[name] for name in KEPT if name in environment} | {"PATH": PATH}


async def execute(
    argv: Sequence[str],
    *,
    environment: Mapping[str, str],
    within: float,
    heard: Callable[[str], None] = lambda _: None,
    merges: bool = False,
    keeps: int = MAX_KEPT,
    folder: str = "/",
) -> Ended:
    """Run a program to its end, or end it and all that it started after so many seconds, or when cancelled.

    `heard` gets the end of the output, now and again; with `merges` what it says of errors is part of that.
    The first `keeps` bytes of either are kept.

    Raises:
        OSError: it can't be started.
    """
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT if merges else asyncio.subprocess.PIPE,
        env=dict(environment),
        cwd=folder,
        start_new_session=True,
    )
    streams = [_Kept(process.stdout, heard, keeps), _Kept(process.stderr, lambda _: None, keeps)]
    is_over = await _seen_through(process, streams, within)
    out, err = streams
    return Ended(process.returncode if is_over else None, out.text, err.text, out.is_cut or err.is_cut)


async def _seen_through(
    process: asyncio.subprocess.Process, streams: Sequence["_Kept"], within: float
) -> bool:
    """Read what a program says until its end; False if its time was up before."""
    is_over = False
    async with asyncio.TaskGroup() as group:
        readers = {group.create_task(stream.read()) for stream in streams}
        try:
            async with asyncio.timeout(within):
                await _exited(process)
                is_over = True
        except TimeoutError:
            pass
        finally:
            # Also after a good end: what a program leaves behind in its group must not live on.
            await asyncio.shield(_finish(process))
            await asyncio.wait(readers, timeout=LAST_READ)
            for reader in readers:
                reader.cancel()
    return is_over


async def _exited(process: asyncio.subprocess.Process) -> None:
    # Not `wait()`: that may wait for whoever inherited the pipes as well.
    while process.returncode is None:  # noqa: ASYNC110 - nothing sets an event
        await asyncio.sleep(LOOK)


async def _finish(process: asyncio.subprocess.Process) -> None:
    await _end(process.pid)
    # Its group is gone; that it is known to have exited takes another turn, and lets go of its pipes.
    with suppress(TimeoutError):
        async with asyncio.timeout(LAST_READ):
            await _exited(process)


async def _end(group: int) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        if not _tell(group, number):
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(KILL_AFTER):
                while _tell(group, 0):  # noqa: ASYNC110 - nobody tells of a group's end
                    await asyncio.sleep(LOOK)
                return


def _tell(group: int, number: int) -> bool:
    """Send a signal to a group; False if nobody is left in it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


class _Kept:
    """Reads a stream to its end and keeps its beginning."""

    def __init__(self, stream: asyncio.StreamReader | None, heard: Callable[[str], None], limit: int) -> None:
        self._stream = stream
        self._heard = heard
        self._limit = limit
        self.text = b""
        self.is_cut = False

    async def read(self) -> None:
        while self._stream is not None and (chunk := await self._stream.read(CHUNK)):
            room = self._limit - len(self.text)
            self.text += chunk[:room]
            self.is_cut = self.is_cut or len(chunk) > room
            self._heard(self.text[-CHUNK:].decode(errors="replace"))
