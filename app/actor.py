"""Who asks: the identity behind a request, whatever door it came through."""

from dataclasses import dataclass
from enum import StrEnum

from protocol.roles import Role


class Via(StrEnum):
    """The door a request came through."""

    SOCKET = "socket"
    REST = "rest"
    CONSOLE = "console"
    RELAY = "relay"


@dataclass(frozen=True, slots=True)
class Actor:
    """An authenticated agent; `token_id` names the token it showed, `address` where it came from."""

    agent_id: str
    handle: str
    role: Role
    via: Via
    token_id: str | None = None
    address: str | None = None
