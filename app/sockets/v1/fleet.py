"""The fleet as version 1 shows it: every agent, and for who may read that what each reports."""

from typing import Any

from app.actor import Actor
from app.services.permissions import Operation, Standing, is_allowed
from app.services.presence import PresenceService
from app.services.telemetry import TelemetryService
from protocol.agents import Presence, Status
from protocol.text import dumps

MAX_SECTIONS = 4_096  # bytes of JSON of one agent; of a larger report only the specs are shown, or nothing

_NOTHING: dict[str, Any] = {"specs": {}, "cron": [], "sessions": []}


class Fleet:
    """Draws the list of agents."""

    def __init__(self, *, presence: PresenceService, telemetry: TelemetryService) -> None:
        self._presence = presence
        self._telemetry = telemetry

    def is_open_to(self, actor: Actor) -> bool:
        """Tell whether an actor may read what others report of themselves."""
        return is_allowed(actor.role, Operation.TELEMETRY_READ, Standing.OTHER)

    def agents(self, actor: Actor) -> list[dict[str, Any]]:
        """Return the body of `fleet_update` as an actor may see it."""
        is_open = self.is_open_to(actor)
        return [
            _shown(presence) | (self._sections(actor, presence.agent_id) if is_open else _NOTHING)
            for presence in self._presence.everyone()
        ]

    def _sections(self, actor: Actor, agent_id: str) -> dict[str, Any]:
        reported = self._telemetry.of(actor, agent_id).sections
        whole = _NOTHING | {name: reported[name] for name in _NOTHING if name in reported}
        for shown in (whole, _NOTHING | {"specs": whole["specs"]}):
            if len(dumps(shown)) <= MAX_SECTIONS:
                return shown
        return _NOTHING


def _shown(presence: Presence) -> dict[str, Any]:
    return {
        "id": presence.agent_id,
        "role": presence.role,
        # v1 knows two words; who is idle is there.
        "status": "offline" if presence.status is Status.OFFLINE else "online",
        "last_seen": presence.last_seen or presence.since,
    }
