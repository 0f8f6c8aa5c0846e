"""A relay whose clock a scene turns, so that what it shows was said when the scene says.

The file `clock` in its folder tells by how many seconds its time differs from the machine's.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.clock import SystemClock
from e2e.relay import Relay

FILE = "clock"
_machine = SystemClock.now


class PastRelay(Relay):
    """A relay that can be set to another time."""

    program = ("e2e.past", "serve")

    def turn(self, moment: str) -> None:
        """Let its time go on from a moment, which is RFC 3339."""
        ahead = (datetime.fromisoformat(moment) - _machine(SystemClock())).total_seconds()
        self._folder.mkdir(parents=True, exist_ok=True)
        whole = self._folder / f"{FILE}.new"
        whole.write_text(str(ahead), encoding="ascii")
        whole.replace(self._folder / FILE)


def _now(clock: SystemClock) -> datetime:
    try:
        ahead = float(Path(FILE).read_text(encoding="ascii"))
    except FileNotFoundError:
        ahead = 0.0
    return _machine(clock).astimezone(UTC) + timedelta(seconds=ahead)


if __name__ == "__main__":
    SystemClock.now = _now  # type: ignore[method-assign, assignment]
    from cli.main import app

    app()
