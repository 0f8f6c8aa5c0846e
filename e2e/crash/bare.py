"""The relay without its console, ready to start at a word: for tests that start it many times.

It loads everything, reads a line of JSON with its settings from standard input, and serves.
"""

import json
import os
import sys

from app import main
from app.settings import Settings


def _no_console(*_: object) -> None:
    """Mount nothing: the console takes most of a start."""


if __name__ == "__main__":
    main._mount_console = _no_console  # type: ignore[assignment]
    os.environ |= json.loads(sys.stdin.readline())
    main.serve(Settings())
