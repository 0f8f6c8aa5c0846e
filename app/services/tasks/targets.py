"""Whom a command is for: `@handle`, ids, `@online` and `@all`, seen from a room."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.actor import Actor
from app.services.identity import IdentityService
from app.services.pausing import PauseService
from app.services.presence import PresenceService
from app.services.rooms import RoomService
from protocol.addressing import RoomKind
from protocol.errors import InvalidRequest, NotFound
from protocol.roles import Role
from protocol.rooms import Room

ONLINE, ALL = "@online", "@all"
GROUPS = frozenset({ONLINE, ALL})


@dataclass(frozen=True, slots=True)
class Targets:
    """Ids of the agents that are meant, and the names that nobody here answers to."""

    ids: tuple[str, ...]
    unknown: tuple[str, ...] = ()


class TargetFinder:
    """Finds agents; in a private room and in a DM there is nobody but its members."""

    def __init__(
        self,
        *,
        identity: IdentityService,
        presence: PresenceService,
        rooms: RoomService,
        pausing: PauseService,
    ) -> None:
        self._identity = identity
        self._presence = presence
        self._rooms = rooms
        self._pausing = pausing

    def find(self, actor: Actor, room: Room, names: Iterable[str]) -> Targets:
        """Return who is meant, each once and in order.

        Raises:
            NotFound: nobody at all.
        """
        ids: dict[str, None] = {}
        unknown: list[str] = []
        for name in names:
            found = self._named(actor, room, name)
            if not found and name not in GROUPS:
                unknown.append(name)
            ids.update(dict.fromkeys(found))
        if not ids:
            raise NotFound(f"nobody here is {', '.join(unknown) or 'online'}", field="to")
        return Targets(tuple(ids), tuple(unknown))

    def default(self, actor: Actor, room: Room, risk: int) -> Targets:
        """Return who is meant when nobody is named: the peer of a DM, or all online workers for a read.

        Raises:
            InvalidRequest: the command changes something. NotFound: nobody is online.
        """
        if room.kind is RoomKind.DM:
            return Targets(tuple(member for member in room.members if member != actor.agent_id))
        if risk > 0:
            raise InvalidRequest(
                "name who is to run it: @handle, @online or @all anywhere in the line", field="to"
            )
        return self.find(actor, room, (ONLINE,))

    def is_here(self, room: Room, name: str) -> bool:
        """Tell whether `@handle` names somebody here, or a group."""
        return name in GROUPS or self._one(room, name) is not None

    def agent_id(self, name: str) -> str:
        """Return the id of an agent that is named by id or `@handle`.

        Raises:
            NotFound: there is none.
        """
        return self._identity.find(name).id

    def _named(self, actor: Actor, room: Room, name: str) -> list[str]:
        if name in GROUPS:
            return [
                agent.id
                for agent in self._identity.agents()
                if agent.role is Role.WORKER
                and agent.id != actor.agent_id
                and self._is_in(room, agent.id)
                and not self._pausing.is_paused(agent.id)
                and (name == ALL or self._presence.is_online(agent.id))
            ]
        agent_id = self._one(room, name)
        return [agent_id] if agent_id else []

    def _one(self, room: Room, name: str) -> str | None:
        try:
            agent = self._identity.find(name)
        except NotFound:
            return None
        may_know = room.visibility == "public" or self._is_in(room, agent.id)
        return agent.id if may_know else None

    def _is_in(self, room: Room, agent_id: str) -> bool:
        return self._rooms.is_member(agent_id, room.id)
