"""Who asks over REST: the bearer token decides, never a cookie (checklist S13)."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.actor import Actor, Via
from app.services.identity import IdentityService
from app.services.limits import LimitsService
from protocol.errors import Unauthenticated
from protocol.events import Budget

_bearer = HTTPBearer(auto_error=False, description="The agent's own token.")


class Door:
    """Authenticates a request and spends one token of its budget."""

    def __init__(self, *, identity: IdentityService, limits: LimitsService) -> None:
        self._identity = identity
        self._limits = limits

    async def admit(self, token: str | None, budget: Budget) -> Actor:
        """Return who asks.

        Raises:
            Unauthenticated: no token, or not a valid one. RateLimited: too many requests.
        """
        if not token:
            raise Unauthenticated("send the token as `Authorization: Bearer …`")
        actor = await self._identity.authenticate(token, Via.REST)
        self._limits.take(actor.agent_id, budget)
        return actor


def _acting(budget: Budget) -> Callable[..., Awaitable[Actor]]:
    async def actor(
        request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
    ) -> Actor:
        door: Door = request.app.state.door
        return await door.admit(credentials.credentials if credentials else None, budget)

    return actor


Reading = Annotated[Actor, Depends(_acting(Budget.CATCH_UP))]
Changing = Annotated[Actor, Depends(_acting(Budget.CONTROL))]
Speaking = Annotated[Actor, Depends(_acting(Budget.CHAT))]
