"""The kill switch: an operator stops an agent, or all workers, and lets them go on later."""

import json

from app.actor import Actor
from app.journal import Journal
from app.services.audit import AuditService
from app.services.identity import IdentityService
from app.services.permissions import Operation, check
from protocol.errors import Paused
from protocol.roles import Role
from storage.ports import Directory, SaveSetting

FLEET = "@all"
_KEY = "paused"


class PauseService:
    """Knows who must not act now; who is paused still reads. The choice survives a restart."""

    def __init__(self, *, identity: IdentityService, journal: Journal, audit: AuditService) -> None:
        self._identity = identity
        self._journal = journal
        self._audit = audit
        self._paused: dict[str, str] = {}

    async def load(self, directory: Directory) -> None:
        """Take up what the store knows."""
        self._paused = json.loads((await directory.settings()).get(_KEY, "{}"))

    async def pause(self, actor: Actor, who: str, reason: str = "") -> list[str]:
        """Stop an agent, or with `@all` every worker; return the ids of those who were stopped.

        Raises:
            Forbidden: no master. NotFound: no such agent.
        """
        check(actor, Operation.FLEET_PAUSE)
        key = self._key(who)
        await self._keep(actor, "fleet.pause", key, self._paused | {key: reason[:256]})
        return self._workers() if key == FLEET else [key]

    async def resume(self, actor: Actor, who: str) -> None:
        """Let an agent, or with `@all` everybody, act again.

        Raises:
            Forbidden: no master. NotFound: no such agent.
        """
        check(actor, Operation.FLEET_PAUSE)
        key = self._key(who)
        left = {} if key == FLEET else {each: why for each, why in self._paused.items() if each != key}
        await self._keep(actor, "fleet.resume", key, left)

    def paused(self) -> dict[str, str]:
        """Return who is paused and why; `@all` stands for every worker."""
        return dict(self._paused)

    def is_paused(self, agent_id: str) -> bool:
        """Tell whether an agent must not act."""
        if agent_id in self._paused:
            return True
        return FLEET in self._paused and self._identity.agent(agent_id).role is Role.WORKER

    def check(self, actor: Actor) -> None:
        """Let an actor act.

        Raises:
            Paused: an operator has stopped it.
        """
        if self._paused and self.is_paused(actor.agent_id):
            raise Paused("an operator has paused you; reading goes on")

    def check_target(self, agent_id: str) -> None:
        """Let an agent be given work.

        Raises:
            Paused: an operator has stopped it.
        """
        if self.is_paused(agent_id):
            raise Paused(f"{agent_id} is paused", field="to")

    def _key(self, who: str) -> str:
        return FLEET if who == FLEET else self._identity.find(who).id

    def _workers(self) -> list[str]:
        return [agent.id for agent in self._identity.agents() if agent.role is Role.WORKER]

    async def _keep(self, actor: Actor, action: str, target: str, paused: dict[str, str]) -> None:
        await self._journal.write(
            SaveSetting(_KEY, json.dumps(paused) if paused else None), self._audit.op(actor, action, target)
        )
        self._paused = paused
