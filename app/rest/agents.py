"""`/api/v1/agents` and `/api/v1/handles`: who takes part, and under what name."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.rest.auth import Changing, Reading
from app.rest.bodies import StrictRoute
from app.rest.pages import Page, Paged
from app.services.credentials import CredentialService
from app.services.identity import IdentityService
from app.services.presence import PresenceService
from protocol.addressing import AgentId
from protocol.agents import Agent, Presence, Status
from protocol.requests import PresenceSet, Request
from protocol.roles import Role
from protocol.text import ShortText


class NewAgent(Request):
    """An agent to enrol; the handle is its id in lower case if none is given."""

    agent_id: AgentId
    handle: ShortText | None = None
    role: Annotated[Role, Field(strict=False)] = Role.WORKER


class NewHandle(Request):
    """Another handle for an agent."""

    agent_id: AgentId
    handle: ShortText


class NewRole(Request):
    """Another role for an agent."""

    role: Annotated[Role, Field(strict=False)]


class HandlePeriod(BaseModel):
    """A handle and when it was borne."""

    handle: str
    taken_at: str
    released_at: str | None


class Bearer(BaseModel):
    """A handle and who bears it."""

    handle: str
    agent_id: str


class AgentCard(Agent):
    """An agent and whether it is there."""

    status: Status


class Enrolled(BaseModel):
    """A new agent and its token, which is shown this once."""

    agent: AgentCard
    token: str


class Me(BaseModel):
    """Who the caller is."""

    agent: AgentCard


class AgentsApi:
    """Agents, handles and presence over REST."""

    def __init__(
        self, *, identity: IdentityService, credentials: CredentialService, presence: PresenceService
    ) -> None:
        self._identity = identity
        self._credentials = credentials
        self._presence = presence
        self.router = APIRouter(tags=["agents"], route_class=StrictRoute)
        self.router.add_api_route("/agents", self.list, methods=["GET"])
        self.router.add_api_route("/agents", self.create, methods=["POST"], status_code=201)
        self.router.add_api_route("/agents/me", self.me, methods=["GET"])
        self.router.add_api_route("/agents/{agent_id}", self.get, methods=["GET"])
        self.router.add_api_route("/agents/{agent_id}", self.change, methods=["PATCH"])
        self.router.add_api_route("/agents/{agent_id}/handles", self.handles, methods=["GET"])
        self.router.add_api_route("/handles", self.rename, methods=["POST"], status_code=201)
        self.router.add_api_route("/handles", self.names, methods=["GET"])
        self.router.add_api_route("/handles/{handle}", self.bearer, methods=["GET"])
        self.router.add_api_route("/presence", self.presence, methods=["GET"])
        self.router.add_api_route("/presence", self.appear, methods=["PUT"])

    async def list(self, _: Reading, paging: Paged) -> Page[AgentCard]:
        """List all agents by handle."""
        return paging.of([self._card(agent) for agent in self._identity.agents()], lambda card: card.id)

    async def create(self, actor: Changing, body: NewAgent) -> Enrolled:
        """Enrol an agent (masters)."""
        issued = await self._credentials.enrol(
            actor, agent_id=body.agent_id, handle=body.handle, role=body.role
        )
        return Enrolled(agent=self._card(issued.agent), token=issued.text)

    async def me(self, actor: Reading) -> Me:
        """Tell the caller who it is."""
        return Me(agent=self._card(self._identity.agent(actor.agent_id)))

    async def get(self, _: Reading, agent_id: str) -> AgentCard:
        """Return one agent."""
        return self._card(self._identity.agent(agent_id))

    async def change(self, actor: Changing, agent_id: str, body: NewRole) -> AgentCard:
        """Give an agent another role (masters); open connections have it at once."""
        return self._card(await self._identity.change_role(actor, agent_id, body.role))

    async def handles(self, _: Reading, agent_id: str) -> Page[HandlePeriod]:
        """List the handles that an agent has borne, oldest first."""
        history = self._identity.handle_history(agent_id)
        return Page(
            items=[
                HandlePeriod(handle=each.handle, taken_at=each.taken_at, released_at=each.released_at)
                for each in history
            ]
        )

    async def rename(self, actor: Changing, body: NewHandle) -> AgentCard:
        """Give an agent another handle; 409 `handle_taken` if another agent has it."""
        return self._card(await self._identity.rename(actor, body.agent_id, body.handle))

    async def names(self, _: Reading, paging: Paged) -> Page[Bearer]:
        """List the handles that are in use, and who bears them."""
        bearers = [Bearer(handle=agent.handle, agent_id=agent.id) for agent in self._identity.agents()]
        return paging.of(bearers, lambda bearer: bearer.handle)

    async def bearer(self, _: Reading, handle: str) -> AgentCard:
        """Return the agent that bears a handle."""
        return self._card(self._identity.find(f"@{handle}"))

    async def presence(self, _: Reading, paging: Paged) -> Page[Presence]:
        """List who is there."""
        return paging.of(self._presence.everyone(), lambda presence: presence.agent_id)

    async def appear(self, actor: Changing, body: PresenceSet) -> Presence:
        """Say whether the caller is at work; without a connection or a poll it stays offline."""
        self._presence.choose(actor.agent_id, body)
        return self._presence.of(actor.agent_id)

    def _card(self, agent: Agent) -> AgentCard:
        online = self._presence.is_online(agent.id)
        return AgentCard(**agent.model_dump(), status=Status.ONLINE if online else Status.OFFLINE)
