"""Identity: which agents there are, what they are called, and whose a token is."""

import asyncio
from dataclasses import dataclass

from app.actor import Actor, Via
from app.clock import Clock, stamp
from app.events import AgentChanged, AgentEnrolled, Fact
from app.journal import Journal
from app.services import tokens
from app.services.tokens import Minted
from protocol.addressing import GLOBAL, RESERVED_HANDLES, is_handle
from protocol.agents import Agent
from protocol.errors import Forbidden, InvalidRequest, NotFound, Unauthenticated
from protocol.roles import Role
from storage.ports import CreateAgent, Directory, Log, MoveCursor, SaveAgent, SaveToken, TokenRecord

OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A new agent and its token; the token is not kept and can't be shown again."""

    agent: Agent
    token: str


class IdentityService:
    """Knows agents, handles and tokens; the relay decides them, never a client."""

    def __init__(self, *, journal: Journal, log: Log, clock: Clock) -> None:
        self._journal = journal
        self._log = log
        self._clock = clock
        self._agents: dict[str, Agent] = {}
        self._handles: dict[str, str] = {}
        self._tokens: dict[str, TokenRecord] = {}
        # A renaming reads, decides and writes; two of one agent at once would leave it under both names.
        self._renaming = asyncio.Lock()

    async def load(self, directory: Directory) -> None:
        """Take up what the store knows."""
        for agent in await directory.agents():
            self._learn(agent)
        self._tokens = {token.id: token for token in await directory.tokens()}

    def apply(self, fact: Fact) -> None:
        """Follow what the journal published."""
        match fact:
            case AgentEnrolled(agent):
                self._learn(agent)
            case AgentChanged(agent, before):
                del self._handles[before.handle]
                self._learn(agent)
            case _:
                pass

    async def admit_operator(self, token: str) -> None:
        """Make sure that the operator exists and that `token` opens the door."""
        token_id, secret = tokens.parse(token)
        minted = Minted(token_id, token, tokens.digest_of(secret))
        if OPERATOR in self._agents:
            await self._keep_token(OPERATOR, minted)
        else:
            await self._enrol(OPERATOR, OPERATOR, Role.MASTER, minted)

    async def create(
        self, actor: Actor, *, agent_id: str, handle: str | None = None, role: Role = Role.WORKER
    ) -> Enrolment:
        """Enrol an agent and give it a token.

        Raises:
            Forbidden: the actor is no master.
            InvalidRequest: the handle is malformed or reserved.
            Conflict: the id is in use. HandleTaken: the handle is.
        """
        if actor.role is not Role.MASTER:
            raise Forbidden("only masters enrol agents")
        name = (handle if handle is not None else agent_id).lower()
        _check_handle(name)
        minted = tokens.mint()
        agent = await self._enrol(agent_id, name, role, minted)
        return Enrolment(agent, minted.text)

    async def rename(self, actor: Actor, agent_id: str, handle: str) -> Agent:
        """Give an agent another handle; its id stays.

        Raises:
            Forbidden: it is somebody else's and the actor is no master.
            NotFound: no such agent. HandleTaken: another agent has it.
        """
        if actor.agent_id != agent_id and actor.role is not Role.MASTER:
            raise Forbidden("only masters rename others")
        _check_handle(handle)
        async with self._renaming:
            before = self.agent(agent_id)
            if before.handle == handle:
                return before
            agent = before.model_copy(update={"handle": handle})
            await self._journal.write(SaveAgent(agent), facts=lambda _: (AgentChanged(agent, before),))
        return agent

    async def authenticate(self, token: str, via: Via) -> Actor:
        """Tell whose token this is.

        Raises:
            Unauthenticated: nobody's; a wrong secret and an unknown id read and cost the same.
        """
        token_id, secret = tokens.parse(token)
        record = self._tokens.get(token_id)
        if not tokens.matches(secret, record.digest if record else None):
            raise Unauthenticated("this token is not valid")
        if (actor := self.actor_of(token_id, via)) is None:
            raise Unauthenticated("this token is not valid")
        return actor

    def actor_of(self, token_id: str, via: Via) -> Actor | None:
        """Return the present authority of a token, or None when it has none any more."""
        record = self._tokens.get(token_id)
        agent = self._agents.get(record.agent_id) if record else None
        return Actor(agent.id, agent.handle, agent.role, via, token_id) if agent else None

    def agent(self, agent_id: str) -> Agent:
        """Return an agent.

        Raises:
            NotFound: no agent has this id.
        """
        if (agent := self._agents.get(agent_id)) is None:
            raise NotFound("no such agent", field="agent_id")
        return agent

    def find(self, id_or_handle: str) -> Agent:
        """Return the agent of an id or of an `@handle`.

        Raises:
            NotFound: there is none.
        """
        if id_or_handle.startswith("@"):
            agent_id = self._handles.get(id_or_handle[1:].lower(), "")
            return self.agent(agent_id)
        return self.agent(id_or_handle)

    def knows(self, agent_id: str) -> bool:
        """Tell whether an agent has this id."""
        return agent_id in self._agents

    def agents(self) -> list[Agent]:
        """List all agents by handle."""
        return sorted(self._agents.values(), key=lambda agent: agent.handle)

    def ids(self) -> list[str]:
        """List the ids of all agents."""
        return list(self._agents)

    async def _enrol(self, agent_id: str, handle: str, role: Role, minted: Minted) -> Agent:
        now = stamp(self._clock.now())
        agent = Agent(id=agent_id, handle=handle, role=role, created_at=now)
        record = TokenRecord(minted.id, agent_id, minted.digest, now)
        await self._journal.write(
            CreateAgent(agent),
            SaveToken(record),
            # A newcomer starts at the end of the global room, not at its beginning.
            MoveCursor(agent_id, GLOBAL, self._log.bounds(GLOBAL).head),
            facts=lambda _: (AgentEnrolled(agent),),
        )
        self._tokens[record.id] = record
        return agent

    async def _keep_token(self, agent_id: str, minted: Minted) -> None:
        record = TokenRecord(minted.id, agent_id, minted.digest, stamp(self._clock.now()))
        await self._journal.write(SaveToken(record))
        self._tokens[record.id] = record

    def _learn(self, agent: Agent) -> None:
        self._agents[agent.id] = agent
        self._handles[agent.handle] = agent.id


def _check_handle(handle: str) -> None:
    if not is_handle(handle):
        raise InvalidRequest("a handle has 1 to 32 of a-z, 0-9, - and _", field="handle")
    if handle in RESERVED_HANDLES:
        raise InvalidRequest("this handle is reserved", field="handle")
