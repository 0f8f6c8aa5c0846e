"""The shared secret of v1: one word that all old clients know, and who each of them says it is.

Who shows it is taken for the agent and the role that it names, enrolled on first use, and every such login is
recorded. It never stands for an agent that has, or ever had, a token of its own.
"""

import hmac
import re

from pydantic import SecretStr

from app.actor import Actor, Via
from app.events import TokenClosed
from app.journal import Journal
from app.services.audit import RELAY, AuditService
from app.services.credentials import CredentialService
from app.services.identity import Enrolling, IdentityService
from app.services.limits import LimitsService
from app.services.tokens import digest_of
from protocol.addressing import is_agent_id
from protocol.agents import Agent
from protocol.errors import Forbidden, HandleTaken, InvalidRequest
from protocol.events import Budget
from protocol.roles import Role

DASHBOARD = "master-ui"  # who shows the secret and names nobody: v1's own name for its dashboard
_PREFIX = "shared:"  # of the ids under which the secret stands for a token; no token's id holds a colon
_NOT_IN_HANDLES = re.compile(r"[^a-z0-9_-]+")


class SharedSecretService:
    """Opens the door to own tokens as `CredentialService` does, and to the secret if there is one."""

    def __init__(
        self,
        *,
        secret: SecretStr | None,
        credentials: CredentialService,
        identity: IdentityService,
        journal: Journal,
        audit: AuditService,
        limits: LimitsService,
    ) -> None:
        self._digest = digest_of(secret.get_secret_value()) if secret else None
        self._credentials = credentials
        self._identity = identity
        self._journal = journal
        self._audit = audit
        self._limits = limits
        self._used: set[str] = set()

    async def authenticate(self, token: str, via: Via, address: str | None = None) -> Actor:
        """Tell whose token this is; the secret alone is the dashboard's.

        Raises:
            Unauthenticated: neither a valid token nor the secret.
        """
        if self._opens(token):
            return await self.admit(token, DASHBOARD, Role.MASTER, via, address)
        return await self._credentials.authenticate(token, via, address)

    async def admit(
        self, token: str, agent_id: str | None, role: Role | None, via: Via, address: str | None = None
    ) -> Actor:
        """Let somebody in by an own token, which says who it is, or by the secret and its own word.

        Raises:
            Unauthenticated: neither a valid token nor the secret.
            InvalidRequest: the secret with something that can't be an agent id.
            Forbidden: the secret for an agent that has a token of its own.
        """
        if not self._opens(token):
            return await self._credentials.authenticate(token, via, address)
        if agent_id is None or not is_agent_id(agent_id):
            raise InvalidRequest("with the shared secret an agent_id is needed", field="agent_id")
        await self._take_on(agent_id, role, address)
        if (actor := self.actor_of(_PREFIX + agent_id, via, address)) is None:
            raise Forbidden("this agent has a token of its own; the shared secret does not stand for it")
        await self._audit.note(actor, "login.shared", agent_id, role=actor.role)
        self._used.add(agent_id)
        return actor

    def actor_of(self, token_id: str, via: Via, address: str | None = None) -> Actor | None:
        """Return the present authority behind an id of a token or of the secret, or None."""
        if not token_id.startswith(_PREFIX):
            return self._credentials.actor_of(token_id, via, address)
        agent_id = token_id.removeprefix(_PREFIX)
        if self._digest is None or not self._may_stand_for(agent_id) or not self._identity.knows(agent_id):
            return None
        agent = self._identity.agent(agent_id)
        return Actor(agent.id, agent.handle, agent.role, via, token_id, address)

    async def sweep(self) -> None:
        """Shut what the secret opened for agents that have got tokens of their own since."""
        for agent_id in [each for each in self._used if not self._may_stand_for(each)]:
            await self._shut(agent_id)

    async def _shut(self, agent_id: str) -> None:
        record = self._audit.op(RELAY, "login.shared_end", agent_id)
        closed = TokenClosed(_PREFIX + agent_id, agent_id, "replaced by a token of the agent's own")
        await self._journal.write(record, facts=lambda _: (closed,))
        self._used.discard(agent_id)

    def _opens(self, token: str) -> bool:
        return self._digest is not None and hmac.compare_digest(digest_of(token), self._digest)

    def _may_stand_for(self, agent_id: str) -> bool:
        return agent_id != RELAY.agent_id and not self._credentials.has_issued(agent_id)

    async def _take_on(self, agent_id: str, role: Role | None, address: str | None) -> None:
        if not self._may_stand_for(agent_id):
            return
        if not self._identity.knows(agent_id):
            self._limits.take(f"enrol:{address}", Budget.CONTROL)
            await self._enrol(agent_id, role or Role.WORKER)
        elif role is not None:
            await self._identity.change_role(RELAY, agent_id, role)

    async def _enrol(self, agent_id: str, role: Role) -> Agent:
        async with self._identity.changing:
            if self._identity.knows(agent_id):
                return self._identity.agent(agent_id)
            enrolling = self._with_some_handle(agent_id, role)
            record = self._audit.op(RELAY, "agent.create", agent_id, role=role, shared=True)
            await self._journal.write(*enrolling.ops, record, facts=lambda _: enrolling.facts)
        return enrolling.agent

    def _with_some_handle(self, agent_id: str, role: Role) -> Enrolling:
        plain = _NOT_IN_HANDLES.sub("-", agent_id.lower()).strip("-_")[:23].strip("-_") or "agent"
        for handle in (agent_id, plain):
            try:
                return self._identity.enrolling(agent_id, handle, role)
            except (InvalidRequest, HandleTaken):
                continue
        return self._identity.enrolling(agent_id, f"{plain}-{digest_of(agent_id).hex()[:8]}", role)
