"""Logs as JSON lines: one event a line, control characters escaped, no bodies, no tokens."""

import json
import logging
import sys
from datetime import UTC, datetime

from typing_extensions import override

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


def configure(level: str) -> None:
    """Send every log of the process to stderr as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # Foreign libraries log client ids and query strings at INFO (reliability finding 2).
    for name in _FOREIGN:
        logging.getLogger(name).setLevel(logging.WARNING)
