"""How lively agents are, as long as the relay runs: when each last did something, how often it came back."""

from collections import deque
from collections.abc import Callable
from datetime import datetime

from app.clock import stamp
from app.events import Fact, MessagePosted, PresenceChanged, TaskMoved, TaskProgressed
from components.ports import Facts
from protocol.agents import Status
from protocol.tasks import TaskState

FLAPPING = 3  # returns within the window that make an agent look restless
WINDOW = 600.0  # seconds
_AGENTS_OWN = frozenset({TaskState.RUNNING, TaskState.SUCCEEDED, TaskState.FAILED, TaskState.CANCELLED})


class Vitals:
    """Listens once for all tabs; what was before the relay's start is not known to it."""

    def __init__(self, bus: Facts, *, now: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._now = now
        self._monotonic = monotonic
        self._gone: set[str] = set()
        self._returns: dict[str, deque[float]] = {}
        self._acted: dict[str, str] = {}
        self._stop = bus.subscribe(self.hear)

    def close(self) -> None:
        """Hear nothing any more."""
        self._stop()

    def hear(self, fact: Fact) -> None:
        """Take note of what an agent did itself; a heartbeat is no deed."""
        match fact:
            case MessagePosted():
                self._acted[fact.message.from_id] = fact.message.ts
            case TaskProgressed() | TaskMoved() if fact.task.state in _AGENTS_OWN:
                self._acted[fact.task.to] = stamp(self._now())
            case PresenceChanged():
                self._note(fact.presence.agent_id, fact.presence.status)
            case _:
                pass

    def acted(self, agent_id: str) -> str | None:
        """Return when an agent last said or carried out something; None if that was before our time."""
        return self._acted.get(agent_id)

    def returns(self, agent_id: str) -> int:
        """Count how often an agent came back lately; `FLAPPING` at most."""
        since = self._monotonic() - WINDOW
        return sum(each >= since for each in self._returns.get(agent_id, ()))

    def _note(self, agent_id: str, status: Status) -> None:
        if status is Status.OFFLINE:
            self._gone.add(agent_id)
        elif agent_id in self._gone:
            self._gone.discard(agent_id)
            self._returns.setdefault(agent_id, deque(maxlen=FLAPPING)).append(self._monotonic())
