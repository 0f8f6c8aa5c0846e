"""A terminal of its own for a command: what a person would see and type."""

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.cli.conftest import ROOT, TOOL, Shell

_ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[=>])")


class Terminal:
    """The screen's text so far, and the keys."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self.raw = ""

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._handle, keys.encode())

    def wait_for(self, words: str, within: float = 30.0) -> None:
        """Wait until words have been shown."""
        deadline = time.monotonic() + within
        while words not in _ESCAPES.sub("", self.raw):
            assert time.monotonic() < deadline, f"waited in vain for {words!r}: {self.raw[-2000:]!r}"
            self._read(0.1)

    def _read(self, within: float) -> None:
        if not select.select([self._handle], [], [], within)[0]:
            return
        try:
            self.raw += os.read(self._handle, 65536).decode(errors="replace")
        except OSError:
            return  # Linux says so when the other side has gone


@contextmanager
def on_a_terminal(shell: Shell, *words: str) -> Iterator[tuple[Terminal, "subprocess.Popen[bytes]"]]:
    """Start a command on a terminal of 100 columns."""
    ours, theirs = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CLAWNET_")}
    env = (
        kept
        | {"PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100", "PROMPT_TOOLKIT_NO_CPR": "1"}
        | shell.env
    )
    with subprocess.Popen(  # noqa: S603 - our own program
        [*TOOL, *words], cwd=shell.home, env=env, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        try:
            yield Terminal(ours), process
        finally:
            process.kill()
            os.close(ours)
