"""The fleet as version 1 shows it: every agent with what it last reported."""

from collections import OrderedDict
from typing import Any

from app.services.presence import PresenceService
from app.sockets.v1.bodies import Report
from protocol.agents import Presence, Status
from protocol.text import dumps

MAX_REPORTS = 1_000
MAX_REPORT = 4_096  # bytes of JSON; of a larger one the lists are not kept


class Fleet:
    """Keeps the newest reports; the longest silent agent's is forgotten first."""

    def __init__(self, presence: PresenceService) -> None:
        self._presence = presence
        self._reports: OrderedDict[str, Report] = OrderedDict()

    def heard(self, agent_id: str, report: Report) -> None:
        """Take up what an agent says of itself; specs that it leaves out stay."""
        before = self._reports.pop(agent_id, Report())
        report = report if report.specs else report.model_copy(update={"specs": before.specs})
        for kept in (report, Report(specs=report.specs), Report()):
            if len(dumps(kept.model_dump())) <= MAX_REPORT:
                self._reports[agent_id] = kept
                break
        while len(self._reports) > MAX_REPORTS:
            self._reports.popitem(last=False)

    def agents(self) -> list[dict[str, Any]]:
        """Return the body of `fleet_update`."""
        return [self._shown(presence) for presence in self._presence.everyone()]

    def _shown(self, presence: Presence) -> dict[str, Any]:
        report = self._reports.get(presence.agent_id, Report())
        return {
            "id": presence.agent_id,
            "role": presence.role,
            # v1 knows two words; who is idle is there.
            "status": "offline" if presence.status is Status.OFFLINE else "online",
            "last_seen": presence.last_seen or presence.since,
            **report.model_dump(),
        }
