"""Who asks over REST: the bearer token decides, never a cookie (checklist S13)."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.actor import Actor, Via
from app.services.audit import AuditService
from app.services.credentials import CredentialService
from app.services.limits import LimitsService
from protocol.errors import Unauthenticated
from protocol.events import Budget

_bearer = HTTPBearer(auto_error=False, description="The agent's own token.")


class Door:
    """Authenticates a request and spends one token of its budget."""

    def __init__(self, *, credentials: CredentialService, limits: LimitsService, audit: AuditService) -> None:
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


def _acting(budget: Budget) -> Callable[..., Awaitable[Actor]]:
    async def actor(
        request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
    ) -> Actor:
        door: Door = request.app.state.door
        address = request.client.host if request.client else None
        token = credentials.credentials if credentials else None
        # The problem handler records whom it refuses.
        request.state.actor = admitted = await door.admit(token, budget, address)
        return admitted

    return actor


Reading = Annotated[Actor, Depends(_acting(Budget.CATCH_UP))]
Changing = Annotated[Actor, Depends(_acting(Budget.CONTROL))]
Speaking = Annotated[Actor, Depends(_acting(Budget.CHAT))]
