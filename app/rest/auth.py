"""Who asks over REST: the bearer token decides, never a cookie (checklist S13)."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Protocol

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.actor import Actor, Via
from app.services.audit import AuditService
from app.services.limits import LimitsService
from protocol.errors import Unauthenticated
from protocol.events import Budget

_bearer = HTTPBearer(auto_error=False, description="The agent's own token.")


class Authority(Protocol):
    """Who says whose a token is."""

    async def authenticate(self, token: str, via: Via, address: str | None = None) -> Actor: ...


class Door:
    """Authenticates a request and spends one token of its budget."""

    def __init__(self, *, credentials: Authority, limits: LimitsService, audit: AuditService) -> None:
        self._credentials = credentials
        self._audit = audit
        self._limits = limits

    async def admit(self, token: str | None, budget: Budget, address: str | None) -> Actor:
        """Return who asks.

        Raises:
            Unauthenticated: no token, or not a valid one. RateLimited: too many requests.
        """
        if not token:
            raise Unauthenticated("send the token as `Authorization: Bearer …`")
        try:
            actor = await self._credentials.authenticate(token, Via.REST, address)
        except Unauthenticated as error:
            self._audit.refused(None, "rest.authenticate", error, address)
            raise
        self._limits.take(actor.agent_id, budget)
        return actor


Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


async def admitted(request: Request, token: str | None, budget: Budget, door: str = "door") -> Actor:
    """Let a request in by one of the application's doors.

    Raises:
        Unauthenticated: no token, or not a valid one. RateLimited: too many requests.
    """
    chosen: Door = getattr(request.app.state, door)
    address = request.client.host if request.client else None
    actor = await chosen.admit(token, budget, address)
    # The problem handler records whom it refuses.
    request.state.actor = actor
    return actor


def _acting(budget: Budget, door: str = "door") -> Callable[..., Awaitable[Actor]]:
    async def actor(request: Request, bearer: Bearer) -> Actor:
        return await admitted(request, bearer.credentials if bearer else None, budget, door)

    return actor


Reading = Annotated[Actor, Depends(_acting(Budget.CATCH_UP))]
Changing = Annotated[Actor, Depends(_acting(Budget.CONTROL))]
Speaking = Annotated[Actor, Depends(_acting(Budget.CHAT))]

# What v1 clients call opens with the secret that they share as well.
OLD_DOOR = "old_door"
OldReading = Annotated[Actor, Depends(_acting(Budget.CATCH_UP, OLD_DOOR))]
OldChanging = Annotated[Actor, Depends(_acting(Budget.CONTROL, OLD_DOOR))]
