"""A token as lists show it: everything but the secret."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from protocol.addressing import AgentId


class TokenState(StrEnum):
    """Whether a token opens the door."""

    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


class TokenInfo(BaseModel):
    """One of an agent's tokens; times are RFC 3339 in UTC."""

    model_config = ConfigDict(frozen=True)

    id: str
    agent_id: AgentId
    state: TokenState
    created_at: str
    expires_at: str | None = None
    revoked_at: str | None = None
    last_used_at: str | None = None
    last_address: str | None = None
