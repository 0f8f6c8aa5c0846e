"""How the fleet fares as one tab sees it: a picture of each agent, sent anew only when it has changed."""

from components.people import People
from components.pictures import signs
from components.ports import Console
from components.state import ConsoleState
from components.vitals import FLAPPING, Vitals
from protocol.agents import Status
from protocol.tasks import TaskState

Picture = dict[str, object]
_HELD = frozenset({TaskState.RUNNING, TaskState.CANCELLING})


class Signs:
    """Reads vital signs and says which of them should worry somebody."""

    def __init__(self, console: Console, people: People, state: ConsoleState, vitals: Vitals) -> None:
        self._console = console
        self._people = people
        self._state = state
        self._vitals = vitals
        self._told: dict[str, Picture] = {}

    def renew(self) -> None:
        """Tell everything again: the browser knows nothing."""
        self._told.clear()

    def changed(self) -> dict[str, Picture]:
        """Return by agent what differs from what was returned before."""
        now = self._all()
        news = {agent_id: told for agent_id, told in now.items() if self._told.get(agent_id) != told}
        self._told = now
        return news

    def _all(self) -> dict[str, Picture]:
        drawn = {agent_id: self._sign(agent_id) for agent_id in self._state.agents}
        best = signs.newest(str(each["version"]) for each in drawn.values())
        held = self._held()
        seen = {each.agent_id: each.last_seen for each in self._console.presence.everyone()}
        for agent_id, each in drawn.items():
            each["seen"] = seen.get(agent_id)
            each["acted"] = self._vitals.acted(agent_id)
            each["doing"] = held.get(agent_id, "")
            each["behind"] = signs.is_behind(str(each["version"]), best)
            skewed = signs.skewed(self._people.telemetry(agent_id))
            each["worries"] = [*self._worries(agent_id, each), *([skewed] if skewed else [])]
        return drawn

    def _sign(self, agent_id: str) -> Picture:
        return signs.sign(self._people.telemetry(agent_id), self._people.samples(agent_id))

    def _held(self) -> dict[str, str]:
        tasks = self._state.work.tasks.values()
        return {task.to: task.line for task in tasks if task.state in _HELD}

    def _worries(self, agent_id: str, sign: Picture) -> list[str]:
        presence = self._state.presence.get(agent_id)
        is_there = presence is not None and presence.status is not Status.OFFLINE
        high = sign["high"] if is_there else []
        rules = (
            (not is_there and bool(sign["doing"]), "offline while a task was running"),
            ("cpu" in high, "CPU high"),  # type: ignore[operator]
            ("ram" in high, "RAM high"),  # type: ignore[operator]
            (self._vitals.returns(agent_id) >= FLAPPING, "comes and goes"),
            (bool(sign["behind"]), "version behind"),
        )
        return [words for applies, words in rules if applies]
