"""What `doctor` finds."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How something is."""

    GOOD = "ok"
    DOUBT = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, how it is, and what to do about it."""

    check: str
    state: State
    found: str
    advice: str = ""

    def row(self) -> dict[str, str]:
        """Return it as a row of a table."""
        return {"check": self.check, "state": self.state, "found": self.found, "advice": self.advice}
