"""The kill switch: an operator stops an agent, or all workers, and lets them go on later."""

import asyncio
import json

from app.actor import Actor
from app.journal import Journal
from app.services.audit import AuditService
from app.services.identity import OPERATOR, IdentityService
from app.services.permissions import Operation, check
from protocol.errors import ClawNetError, Conflict, Forbidden, Paused
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
        # Each change is made from the one before.
        self._changing = asyncio.Lock()

    async def load(self, directory: Directory) -> None:
        """Take up what the store knows."""
        self._paused = json.loads((await directory.settings()).get(_KEY, "{}"))

    async def pause(self, actor: Actor, who: str, reason: str = "") -> list[str]:
        """Stop an agent, or with `@all` every worker; return the ids of those who were stopped.

        Raises:
            Forbidden: no master, or the operator is meant. NotFound: no such agent.
            Paused: the actor itself is.
        """
        key = self._key(actor, who)
        if key == OPERATOR:
            raise Forbidden("somebody must be left who can resume; the operator can't be paused")
        async with self._changing:
            await self._keep(actor, "fleet.pause", key, self._paused | {key: reason[:256]})
        return self._workers() if key == FLEET else [key]

    async def resume(self, actor: Actor, who: str) -> None:
        """Let an agent, or with `@all` everybody, act again.

        Raises:
            Forbidden: no master. NotFound: no such agent. Paused: the actor itself is.
            Conflict: the whole fleet is paused, so that one alone can't be resumed.
        """
        key = self._key(actor, who)
        async with self._changing:
            if key != FLEET and FLEET in self._paused and self._is_worker(key):
                raise Conflict(f"the whole fleet is paused: resume {FLEET}", field="who")
            left = {} if key == FLEET else {each: why for each, why in self._paused.items() if each != key}
            await self._keep(actor, "fleet.resume", key, left)

    def paused(self) -> dict[str, str]:
        """Return who is paused and why; `@all` stands for every worker."""
        return dict(self._paused)

    def is_paused(self, agent_id: str) -> bool:
        """Tell whether an agent must not act."""
        if agent_id in self._paused:
            return True
        return FLEET in self._paused and self._is_worker(agent_id)

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

    def _key(self, actor: Actor, who: str) -> str:
        check(actor, Operation.FLEET_PAUSE)
        self.check(actor)
        return FLEET if who == FLEET else self._identity.find(who).id

    def _workers(self) -> list[str]:
        return [agent.id for agent in self._identity.agents() if agent.role is Role.WORKER]

    def _is_worker(self, agent_id: str) -> bool:
        return self._identity.agent(agent_id).role is Role.WORKER

    async def _keep(self, actor: Actor, action: str, target: str, paused: dict[str, str]) -> None:
        before, self._paused = self._paused, paused  # at once: nobody slips through while it is stored
        setting = SaveSetting(_KEY, json.dumps(paused) if paused else None)
        try:
            await self._journal.write(setting, self._audit.op(actor, action, target))
        except ClawNetError:
            self._paused = before
            raise
