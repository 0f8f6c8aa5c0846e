"""An agent as others see it, and whether it is there."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from protocol.addressing import AgentId
from protocol.roles import Role


class Status(StrEnum):
    """Whether an agent can be reached."""

    ONLINE = "online"
    IDLE = "idle"
    OFFLINE = "offline"


class Agent(BaseModel):
    """Who an agent is: a stable id, a handle that can change, and a role."""

    model_config = ConfigDict(frozen=True)

    id: AgentId
    handle: str
    role: Role
    created_at: str


class Presence(BaseModel):
    """Whether an agent is there; `since` dates the status, `last_seen` the last word from it."""

    model_config = ConfigDict(frozen=True)

    agent_id: AgentId
    handle: str
    role: Role
    status: Status
    since: str
    last_seen: str | None = None
    note: str | None = None
