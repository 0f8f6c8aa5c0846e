"""Logs as JSON lines: one event a line, control characters escaped, no bodies, no tokens."""

import json
import logging
import sys
from collections import deque
from datetime import UTC, datetime
from typing import Any

from typing_extensions import override

KEPT = 1_000  # newest lines that are kept in memory
MAX_KEPT_LINE = 4_096  # characters; of a longer one its traceback and extra fields are not kept

# Both servers are named because a logger without a level is given a handler of theirs that writes plain text.
_FOREIGN = (
    "alembic",
    "engineio",
    "engineio.server",
    "httpx",
    "nicegui",
    "socketio",
    "socketio.server",
    "uvicorn",
)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "taskName"}


class JsonLines(logging.Formatter):
    """Writes a record and its extra fields as one line of JSON."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "source": record.name,
            "event": record.getMessage(),
        }
        line |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=True)


class RecentLines(logging.Handler):
    """Keeps the newest lines of the process, to show them to operators; bounded in number and in size."""

    def __init__(self, kept: int = KEPT) -> None:
        super().__init__()
        self.setFormatter(JsonLines())
        self._lines: deque[str] = deque(maxlen=kept)

    @override
    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        self._lines.append(line if len(line) <= MAX_KEPT_LINE else _shortened(line))

    def newest(self, limit: int, search: str = "") -> list[str]:
        """Return at most `limit` lines that hold `search`, whatever its case; oldest first."""
        word = search.lower()
        found = [line for line in tuple(self._lines) if word in line.lower()]
        return found[-limit:]


def configure(level: str) -> RecentLines:
    """Send every log of the process to stderr as JSON lines; return where the newest of them are kept."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    recent = RecentLines()
    logging.basicConfig(level=level.upper(), handlers=[handler, recent], force=True)
    # Foreign libraries log client ids and query strings at INFO (reliability finding 2).
    for name in _FOREIGN:
        logger = logging.getLogger(name)
        logger.setLevel(logging.WARNING)
        # A Socket.IO server that was made before this gave itself one that writes plain text.
        logger.handlers.clear()
    return recent


def _shortened(line: str) -> str:
    whole: dict[str, Any] = json.loads(line)
    head = {key: whole[key] for key in ("ts", "level", "source")}
    return json.dumps(head | {"event": str(whole["event"])[: MAX_KEPT_LINE // 8], "shortened": True})
