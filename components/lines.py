"""The relay's own log as the console reads it: narrowed, newest lines last."""

from dataclasses import dataclass
from typing import Any

from components.authority import Authority

KEPT = 1_000  # lines that the relay keeps
LEVELS = ("debug", "info", "warning", "error", "critical")
_FIXED = frozenset({"ts", "level", "source", "event"})


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `fields` is what it tells beside its event."""

    ts: str
    level: str
    source: str
    event: str
    fields: tuple[tuple[str, str], ...]

    def has(self, level: str, text: str) -> bool:
        """Tell whether it is of a level, or a higher one, and holds a text, whatever the case."""
        if level in LEVELS and rank(self.level) < LEVELS.index(level):
            return False
        told = (
            self.ts,
            self.level,
            self.source,
            self.event,
            *(f"{name}={value}" for name, value in self.fields),
        )
        return text.casefold() in " ".join(told).casefold()


class Lines(Authority):
    """What one session reads of the log; the service judges whether it may."""

    def newest(self, level: str = "", text: str = "") -> list[Line]:
        """Return the newest lines of a level, or a higher one, that hold a text; oldest first.

        Raises:
            Unauthenticated: the session is over. Forbidden: neither master nor warden.
        """
        least = LEVELS.index(level) if level in LEVELS else 0
        records = self._console.logs.records(self.watching(), limit=KEPT, search=text)
        return [_line(record) for record in records if rank(str(record.get("level", ""))) >= least]


def rank(level: str) -> int:
    """Return how severe a level is; one that is not known is the severest."""
    return LEVELS.index(level) if level in LEVELS else len(LEVELS)


def _line(record: dict[str, Any]) -> Line:
    told = ((name, str(value)) for name, value in record.items() if name not in _FIXED)
    ts, level, source, event = (str(record.get(name, "")) for name in ("ts", "level", "source", "event"))
    return Line(ts, level, source, event, tuple(told))
