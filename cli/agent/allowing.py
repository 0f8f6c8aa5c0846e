"""The allow-list of the plain executor: whole commands, one a line, and nothing else ever runs.

A task only chooses among them. What is started is the line of the file, so nothing that came over the wire
is ever part of a command: there is nothing to quote, to expand or to inject.
"""

import difflib
import os
import shlex
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path

from cli.agent.processes import PATH
from protocol.errors import InvalidRequest

Argv = tuple[str, ...]


class AllowList:
    """The commands that may run; without a file there are none."""

    def __init__(self, commands: Mapping[str, Argv] | None = None) -> None:
        self._commands = dict(commands or {})

    @property
    def names(self) -> list[str]:
        """List the commands as the file writes them."""
        return list(self._commands)

    def find(self, text: str, words: Argv = ()) -> Argv | None:
        """Return what to start for a command that is written exactly as in the file.

        A relay may have taken the line apart already; then its `words` must be exactly those of the file's.
        """
        if (argv := self._commands.get(text)) is not None:
            return argv
        return next(
            (argv for line, argv in self._commands.items() if tuple(shlex.split(line)) == words), None
        )

    def nearest(self, text: str) -> str:
        """Return the allowed command that looks most like a text; empty if none does."""
        return next(iter(difflib.get_close_matches(text, self.names, n=1, cutoff=0.5)), "")


def load(path: Path) -> AllowList:
    """Read an allow-list; empty lines and lines that begin with # do not count.

    Raises:
        InvalidRequest: it can't be read, others may write it, or a line is no command of this machine.
    """
    try:
        mode = path.stat().st_mode
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise InvalidRequest("the allow-list can't be read", field="allow") from None
    if os.name == "posix" and stat.S_IMODE(mode) & 0o022:
        raise InvalidRequest("others may write the allow-list; chmod go-w it", field="allow")
    told = [(number, line.strip()) for number, line in enumerate(lines, 1)]
    return AllowList(
        {line: _argv(number, line) for number, line in told if line and not line.startswith("#")}
    )


def _argv(number: int, line: str) -> Argv:
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise InvalidRequest(f"line {number} of the allow-list: {error}", field="allow") from None
    program = shutil.which(words[0], path=PATH)
    if program is None:
        raise InvalidRequest(
            f"line {number} of the allow-list: there is no program {words[0]}", field="allow"
        )
    return (program, *words[1:])
