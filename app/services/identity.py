"""Identity: which agents there are, what they are called, and what role they have."""

import asyncio
from dataclasses import dataclass

from app.actor import Actor
from app.clock import Clock
from app.events import AgentChanged, AgentEnrolled, Fact, HandleMoved
from app.journal import Journal
from app.services.audit import RELAY, AuditService
from app.services.handles import HandleRegistry, normalised
from app.services.permissions import Operation, check, standing_to
from protocol.addressing import GLOBAL
from protocol.agents import Agent
from protocol.errors import Conflict, NotFound
from protocol.roles import Role
from storage.ports import (
    CreateAgent,
    Directory,
    HandleRecord,
    Log,
    MoveCursor,
    Op,
    SaveAgent,
    SaveHandle,
)

OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Enrolling:
    """A new agent that is about to be written: the operations, and the facts that follow."""

    agent: Agent
    ops: tuple[Op, ...]
    facts: tuple[Fact, ...]


class IdentityService:
    """Knows agents, handles and roles; the relay decides them, never a client."""

    def __init__(self, *, journal: Journal, log: Log, clock: Clock, audit: AuditService) -> None:
        self._journal = journal
        self._log = log
        self._clock = clock
        self._audit = audit
        self._agents: dict[str, Agent] = {}
        self._handles = HandleRegistry(clock)
        # Names are checked and then written; one at a time, or two look-alikes would both be free.
        self.changing = asyncio.Lock()

    async def load(self, directory: Directory) -> None:
        """Take up what the store knows."""
        for agent in await directory.agents():
            self._agents[agent.id] = agent
        for record in sorted(await directory.handles(), key=lambda record: record.taken_at):
            self._handles.learn(record)

    def apply(self, fact: Fact) -> None:
        """Follow what the journal published."""
        match fact:
            case AgentEnrolled(agent) | AgentChanged(agent):
                self._agents[agent.id] = agent
            case HandleMoved(record):
                self._handles.learn(record)
            case _:
                pass

    def enrolling(self, agent_id: str, handle: str | None, role: Role) -> Enrolling:
        """Return what to write for a new agent; call it with `changing` held.

        Raises:
            InvalidRequest: the handle is malformed or reserved.
            Conflict: the id is in use. HandleTaken: the handle is, or one that looks like it.
        """
        # What the relay itself says and stores bears its id.
        if agent_id in self._agents or agent_id == RELAY.agent_id:
            raise Conflict("an agent of this id exists", field="agent_id")
        name = OPERATOR if agent_id == OPERATOR else normalised(handle or agent_id)
        self._handles.check_free(name, agent_id)
        agent = Agent(id=agent_id, handle=name, role=role, created_at=self._clock.stamp())
        taken = self._handles.taking(name, agent_id)
        # A newcomer starts at the end of the global room, not at its beginning.
        cursor = MoveCursor(agent_id, GLOBAL, self._log.bounds(GLOBAL).head)
        return Enrolling(agent, (CreateAgent(agent), *taken, cursor), (AgentEnrolled(agent), *_moved(taken)))

    async def rename(self, actor: Actor, agent_id: str, handle: str) -> Agent:
        """Give an agent another handle; its id stays, and its former handle rests for 30 days.

        Raises:
            Forbidden: it is somebody else's and the actor is no master.
            NotFound: no such agent. HandleTaken: another agent has it, or one that looks like it.
            Conflict: it has let go of too many in the last 30 days.
        """
        check(actor, Operation.HANDLE_SET, standing_to(actor, agent_id))
        async with self.changing:
            before = self.agent(agent_id)
            name = normalised(handle)
            if before.handle == name:
                return before
            self._handles.check_free(name, agent_id)
            agent = before.model_copy(update={"handle": name})
            taken = self._handles.taking(name, agent_id)
            record = self._audit.op(actor, "handle.change", agent_id, before=before.handle, after=name)
            await self._journal.write(
                SaveAgent(agent),
                *taken,
                record,
                facts=lambda _: (AgentChanged(agent, before), *_moved(taken)),
            )
        return agent

    async def change_role(self, actor: Actor, agent_id: str, role: Role) -> Agent:
        """Give an agent another role; open connections have it at once.

        Raises:
            Forbidden: the actor is no master. NotFound: no such agent. Conflict: the last master would go.
        """
        check(actor, Operation.ROLE_SET, standing_to(actor, agent_id))
        async with self.changing:
            before = self.agent(agent_id)
            if before.role is role:
                return before
            if before.role is Role.MASTER and self._masters() == [agent_id]:
                raise Conflict("somebody must stay master", field="role")
            agent = before.model_copy(update={"role": role})
            record = self._audit.op(actor, "role.change", agent_id, before=before.role, after=role)
            await self._journal.write(
                SaveAgent(agent), record, facts=lambda _: (AgentChanged(agent, before),)
            )
        return agent

    def handle_history(self, agent_id: str) -> list[HandleRecord]:
        """List the handles that an agent has borne, oldest first.

        Raises:
            NotFound: no such agent.
        """
        return self._handles.history(self.agent(agent_id).id)

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
            return self.agent(self._handles.bearer(id_or_handle[1:].lower()) or "")
        return self.agent(id_or_handle)

    def role_of(self, agent_id: str) -> Role | None:
        """Return an agent's role; None if nobody has this id."""
        agent = self._agents.get(agent_id)
        return agent.role if agent else None

    def knows(self, agent_id: str) -> bool:
        """Tell whether an agent has this id."""
        return agent_id in self._agents

    def agents(self) -> list[Agent]:
        """List all agents by handle."""
        return sorted(self._agents.values(), key=lambda agent: agent.handle)

    def ids(self) -> list[str]:
        """List the ids of all agents."""
        return list(self._agents)

    def _masters(self) -> list[str]:
        return [agent.id for agent in self._agents.values() if agent.role is Role.MASTER]


def _moved(taken: list[SaveHandle]) -> tuple[HandleMoved, ...]:
    return tuple(HandleMoved(op.record) for op in taken)
