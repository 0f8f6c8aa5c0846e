"""Presence: who is there. Counted by connections, so a stale farewell never hides a newer session."""

from dataclasses import dataclass, field
from datetime import datetime

from app.clock import Clock, stamp
from app.events import AgentChanged, AgentEnrolled, Fact, PresenceChanged
from app.journal import Journal
from app.services.identity import IdentityService
from protocol.agents import Agent, Presence, Status
from protocol.requests import PresenceSet


@dataclass(slots=True)
class _Attendance:
    connections: set[str] = field(default_factory=set)
    status: Status = Status.OFFLINE
    since: str = ""
    last_seen: datetime | None = None
    heard_at: float = 0.0
    note: str | None = None
    chosen: bool = False


class PresenceService:
    """The only writer of presence; it is announced once and never stored."""

    def __init__(
        self, *, identity: IdentityService, journal: Journal, clock: Clock, idle_after: float
    ) -> None:
        self._identity = identity
        self._journal = journal
        self._clock = clock
        self._idle_after = idle_after
        self._attendances: dict[str, _Attendance] = {}

    def attach(self, agent_id: str, connection_id: str) -> None:
        """Count a connection in."""
        attendance = self._attendance(agent_id)
        attendance.connections.add(connection_id)
        self._hear(attendance)
        # What an agent says of itself may come before its connection is counted.
        self._move(agent_id, Status.IDLE if attendance.chosen else Status.ONLINE)

    def detach(self, agent_id: str, connection_id: str) -> None:
        """Count a connection out; the last one takes the agent offline."""
        attendance = self._attendance(agent_id)
        attendance.connections.discard(connection_id)
        if not attendance.connections:
            attendance.chosen, attendance.note = False, None
            self._move(agent_id, Status.OFFLINE)

    def hear(self, agent_id: str) -> None:
        """Note a word from an agent; it wakes one that fell silent, not one that said it is idle."""
        attendance = self._attendance(agent_id)
        self._hear(attendance)
        if attendance.status is Status.IDLE and not attendance.chosen:
            self._move(agent_id, Status.ONLINE)

    def choose(self, agent_id: str, request: PresenceSet) -> None:
        """Take an agent's own word for its status."""
        attendance = self._attendance(agent_id)
        attendance.chosen = request.status == "idle"
        attendance.note = request.note
        if attendance.connections:
            self._move(agent_id, Status(request.status))

    def sweep(self) -> None:
        """Turn agents idle that have been silent for too long."""
        before = self._clock.monotonic() - self._idle_after
        for agent_id, attendance in self._attendances.items():
            if attendance.status is Status.ONLINE and attendance.heard_at <= before:
                self._move(agent_id, Status.IDLE)

    def apply(self, fact: Fact) -> None:
        """Announce newcomers and changed names."""
        match fact:
            case AgentEnrolled(agent) | AgentChanged(agent):
                self._journal.announce(PresenceChanged(self._presence(agent)))
            case _:
                pass

    def everyone(self) -> list[Presence]:
        """List the presence of all agents by handle."""
        return [self._presence(agent) for agent in self._identity.agents()]

    def of(self, agent_id: str) -> Presence:
        """Return the presence of one agent.

        Raises:
            NotFound: no agent has this id.
        """
        return self._presence(self._identity.agent(agent_id))

    def is_online(self, agent_id: str) -> bool:
        """Tell whether an agent has a connection."""
        attendance = self._attendances.get(agent_id)
        return attendance is not None and bool(attendance.connections)

    def has(self, agent_id: str, connection_id: str) -> bool:
        """Tell whether a connection of an agent is still there."""
        attendance = self._attendances.get(agent_id)
        return attendance is not None and connection_id in attendance.connections

    def _presence(self, agent: Agent) -> Presence:
        attendance = self._attendances.get(agent.id) or _Attendance(since=agent.created_at)
        return Presence(
            agent_id=agent.id,
            handle=agent.handle,
            role=agent.role,
            status=attendance.status,
            since=attendance.since,
            last_seen=stamp(attendance.last_seen) if attendance.last_seen else None,
            note=attendance.note,
        )

    def _attendance(self, agent_id: str) -> _Attendance:
        if (attendance := self._attendances.get(agent_id)) is None:
            attendance = self._attendances[agent_id] = _Attendance(since=self._clock.stamp())
        return attendance

    def _hear(self, attendance: _Attendance) -> None:
        attendance.heard_at = self._clock.monotonic()
        attendance.last_seen = self._clock.now()

    def _move(self, agent_id: str, status: Status) -> None:
        attendance = self._attendance(agent_id)
        if attendance.status is status:
            return
        attendance.status, attendance.since = status, self._clock.stamp()
        self._journal.announce(PresenceChanged(self._presence(self._identity.agent(agent_id))))
