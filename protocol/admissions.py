"""An application to join: how an agent without a token gets one."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from protocol.addressing import AgentId


class ApplicationState(StrEnum):
    """How an application stands."""

    PENDING = "pending"
    ADMITTED = "admitted"
    DENIED = "denied"


class Application(BaseModel):
    """An agent that asks to join; it waits for ten minutes."""

    model_config = ConfigDict(frozen=True)

    id: str
    agent_id: AgentId
    handle: str | None = None
    address: str | None = None
    asked_at: str
    state: ApplicationState
