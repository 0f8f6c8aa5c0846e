"""The relay's own log, as far back as it is kept in memory; who may read it is one question."""

import json
from typing import Any

from app.actor import Actor
from app.logs import RecentLines
from app.services.permissions import Operation, check


class RecentLogService:
    """Reads the newest lines of the process's log; masters and wardens may."""

    def __init__(self, lines: RecentLines) -> None:
        self._lines = lines

    def lines(self, actor: Actor, *, limit: int, search: str = "") -> list[str]:
        """Return lines of JSON as they were logged, oldest first.

        Raises:
            Forbidden: neither master nor warden.
        """
        check(actor, Operation.LOGS_READ)
        return self._lines.newest(limit, search)

    def records(self, actor: Actor, *, limit: int, search: str = "") -> list[dict[str, Any]]:
        """Return the same as objects.

        Raises:
            Forbidden: neither master nor warden.
        """
        return [json.loads(line) for line in self.lines(actor, limit=limit, search=search)]
