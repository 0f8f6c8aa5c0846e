"""`/api/v1/agents` and `/api/v1/handles`: who takes part, and under what name."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.rest.auth import Changing, Reading
from app.rest.bodies import StrictRoute
from app.rest.pages import Page
from app.services.credentials import CredentialService
from app.services.identity import IdentityService
from app.services.presence import PresenceService
from protocol.addressing import AgentId
from protocol.agents import Agent, Presence, Status
from protocol.requests import Request
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
        self.router.add_api_route("/presence", self.presence, methods=["GET"])

    async def list(self, _: Reading) -> Page[AgentCard]:
        """List all agents."""
        return Page(items=[self._card(agent) for agent in self._identity.agents()])

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

    async def presence(self, _: Reading) -> Page[Presence]:
        """List who is there."""
        return Page(items=self._presence.everyone())

    def _card(self, agent: Agent) -> AgentCard:
        online = self._presence.is_online(agent.id)
        return AgentCard(**agent.model_dump(), status=Status.ONLINE if online else Status.OFFLINE)
