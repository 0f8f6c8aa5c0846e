"""What the command line prints: tables for people, JSON for programs, no foreign control characters."""

import json
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TextIO

from protocol.errors import ClawNetError

Row = Mapping[str, Any]

# Emoji and several scripts need these two joiners; they neither move nor hide text.
_HARMLESS = {"\N{ZERO WIDTH JOINER}", "\N{ZERO WIDTH NON-JOINER}"}
# Controls, format characters (bidi among them), surrogates, and the separators that break lines.
_HARMFUL = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def safe(text: object, *, lines: bool = False) -> str:
    """Return foreign text with everything spelt out that could move, recolour or reorder a terminal."""
    kept = _HARMLESS | ({"\n"} if lines else set())
    return "".join(char if char in kept else _spelt(char) for char in str(text))


def _spelt(char: str) -> str:
    if unicodedata.category(char) not in _HARMFUL:
        return char
    return f"\\u{{{ord(char):x}}}"


def paragraph(head: str, text: str) -> str:
    """Return `head` and a text; further lines are set in, so that none can pass for a new entry."""
    return f"{head}  " + safe(text, lines=True).replace("\n", "\n    ")


class Output:
    """Where results and errors go, in the form that the caller asked for."""

    def __init__(self, *, as_json: bool, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.as_json = as_json
        self._out = out or sys.stdout
        self._err = err or sys.stderr

    def result(self, value: Mapping[str, Any], say: str | Callable[[], str]) -> None:
        """Print one result: as JSON, or in the words of `say`."""
        if self.as_json:
            self._line(self._out, _json(value))
        else:
            self._line(self._out, say if isinstance(say, str) else say())

    def table(self, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Print rows: a JSON list, a drawn table on a terminal, or tab-separated lines in a pipe."""
        rows = list(rows)
        if self.as_json:
            self._line(self._out, _json(rows))
        elif self._out.isatty():
            self._draw(columns, rows)
        else:
            for row in rows:
                self._line(self._out, "\t".join(safe(_cell(row, column)) for column in columns))

    def rows(self, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Print rows of a list that goes on: a JSON object or tab-separated words on each line."""
        for row in rows:
            self.result(row, "\t".join(safe(_cell(row, column)) for column in columns))

    def line(self, text: str) -> None:
        """Print a line of a stream as it came; it is JSON, so it holds nothing that a terminal obeys."""
        self._line(self._out, text)

    def note(self, text: str) -> None:
        """Tell a person something beside the result."""
        self._line(self._err, text)

    def error(self, error: ClawNetError) -> None:
        """Say in one line why it did not work."""
        if self.as_json:
            self._line(self._err, _json({"error": error.body()}))
            return
        where = f" ({safe(error.field)})" if error.field else ""
        self._line(self._err, f"clownet-cli: {error.code}: {safe(error.message)}{where}")

    def _draw(self, columns: Sequence[str], rows: Sequence[Row]) -> None:
        # Rich takes a twentieth of a second to load; only a terminal needs it.
        from rich.console import Console  # noqa: PLC0415
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        table = Table(box=None, header_style="bold", pad_edge=False)
        for column in columns:
            table.add_column(column.upper().replace("_", " "))
        for row in rows:
            table.add_row(*(Text(safe(_cell(row, column))) for column in columns))
        Console(file=self._out, highlight=False).print(table)

    @staticmethod
    def _line(stream: TextIO, text: str) -> None:
        stream.write(text + "\n")
        stream.flush()


def _json(value: object) -> str:
    # ASCII escapes keep foreign control characters out of the terminal and lose nothing.
    return json.dumps(value, ensure_ascii=True)


def _cell(row: Row, column: str) -> object:
    value = row.get(column)
    if isinstance(value, list):
        return len(value)
    return "" if value is None else value
