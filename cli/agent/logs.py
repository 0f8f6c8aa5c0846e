"""The sidecar's own log: one line an event on standard error, for people or as JSON."""

import json
import logging
import sys
from datetime import UTC, datetime

from typing_extensions import override

from cli.rendering import safe


def set_up(*, as_json: bool) -> None:
    """Send what the sidecar and the SDK have to say to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if as_json else _Words())
    logger = logging.getLogger("clawnet")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.handlers = [handler]


class _Words(logging.Formatter):
    @override
    def format(self, record: logging.LogRecord) -> str:
        line = f"{_at(record)} {record.levelname.lower()}: {safe(record.getMessage())}"
        return (
            f"{line}\n{safe(self.formatException(record.exc_info), lines=True)}" if record.exc_info else line
        )


class _Json(logging.Formatter):
    @override
    def format(self, record: logging.LogRecord) -> str:
        told = {"ts": _at(record), "level": record.levelname.lower(), "event": record.getMessage()}
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return json.dumps(told)


def _at(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
