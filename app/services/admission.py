"""Admission: an agent that has no token asks to join and waits until a master lets it in."""

import asyncio
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network

from app.actor import Actor
from app.clock import Clock
from app.services import tokens
from app.services.audit import AuditService
from app.services.credentials import CredentialService
from app.services.permissions import Operation, check
from app.settings import Settings
from protocol.addressing import is_agent_id
from protocol.admissions import Application, ApplicationState
from protocol.errors import Conflict, Forbidden, InvalidRequest, NotFound, RateLimited
from protocol.roles import Role

WAIT = 600.0  # seconds until an application is forgotten
MAX_WAITING = 100
MAX_OF_ADDRESS = 5  # so that one address can't fill all places


@dataclass(frozen=True, slots=True)
class _Waiting:
    application: Application
    digest: bytes
    ends_at: float
    token: str | None = None


class AdmissionService:
    """Keeps who waits; what an applicant may learn is known to it alone, by the secret it got."""

    def __init__(self, *, credentials: CredentialService, audit: AuditService, clock: Clock) -> None:
        self._credentials = credentials
        self._audit = audit
        self._clock = clock
        self._allowed: Sequence[str] = ()
        self._blocked: Sequence[str] = ()
        self._waiting: dict[str, _Waiting] = {}
        # One decision at a time, or who is admitted and denied at once would be enrolled without a token.
        self._deciding = asyncio.Lock()

    def adopt(self, settings: Settings) -> None:
        """Go by other rules from now on; who waits already stays."""
        self._allowed, self._blocked = settings.allow_joins, settings.block_joins

    def apply_for(self, agent_id: str, handle: str | None, address: str | None) -> tuple[Application, str]:
        """Ask to join; return the application and the secret that fetches its answer.

        Raises:
            InvalidRequest: not an agent id. Forbidden: the rules shut it out.
            RateLimited: too many wait already, or have not fetched their answer; in all or from this address.
        """
        self._forget_old()
        if not is_agent_id(agent_id):
            raise InvalidRequest("not an agent id", field="agent_id")
        if names(self._blocked, agent_id, address) or not self._may_ask(agent_id, address):
            raise Forbidden("this agent may not ask to be let in here")
        if len(self._waiting) >= MAX_WAITING:
            raise RateLimited("too many agents wait to be let in", retry_after=60.0)
        if sum(each.application.address == address for each in self._waiting.values()) >= MAX_OF_ADDRESS:
            raise RateLimited("too many agents of this address wait to be let in", retry_after=60.0)
        minted = tokens.mint()
        application = Application(
            id=minted.id,
            agent_id=agent_id,
            handle=handle,
            address=address,
            asked_at=self._clock.stamp(),
            state=ApplicationState.PENDING,
        )
        ends_at = self._clock.monotonic() + WAIT
        self._waiting[minted.id] = _Waiting(application, minted.digest, ends_at)
        return application, minted.text

    def collect(self, secret: str) -> tuple[Application, str | None]:
        """Return how an application stands, and its token once, when it was admitted.

        Raises:
            NotFound: no such application (any more).
        """
        self._forget_old()
        application_id, key = tokens.parse(secret)
        waiting = self._waiting.get(application_id)
        if waiting is None or not hmac.compare_digest(tokens.digest_of(key), waiting.digest):
            raise NotFound("no such application; it may have run out")
        if waiting.application.state != ApplicationState.PENDING:
            del self._waiting[application_id]
        return waiting.application, waiting.token

    def waiting(self, actor: Actor) -> list[Application]:
        """List who waits; masters may.

        Raises:
            Forbidden: no master.
        """
        check(actor, Operation.AGENT_ADMIT)
        self._forget_old()
        applications = [each.application for each in self._waiting.values()]
        return [each for each in applications if each.state == ApplicationState.PENDING]

    async def admit(self, actor: Actor, application_id: str, role: Role = Role.WORKER) -> Application:
        """Let an applicant in; it fetches its token itself.

        Raises:
            Forbidden: no master. NotFound: nobody waits under this id. Conflict: the id or handle is in use.
        """
        async with self._deciding:
            waiting = self._pending(actor, application_id)
            application = waiting.application
            issued = await self._credentials.enrol(
                actor, agent_id=application.agent_id, handle=application.handle, role=role
            )
            return self._decide(waiting, ApplicationState.ADMITTED, issued.text)

    async def deny(self, actor: Actor, application_id: str) -> Application:
        """Turn an applicant away.

        Raises:
            Forbidden: no master. NotFound: nobody waits under this id.
        """
        async with self._deciding:
            waiting = self._pending(actor, application_id)
            await self._audit.note(actor, "agent.deny", waiting.application.agent_id)
            return self._decide(waiting, ApplicationState.DENIED, None)

    def _may_ask(self, agent_id: str, address: str | None) -> bool:
        return not self._allowed or names(self._allowed, agent_id, address)

    def _pending(self, actor: Actor, application_id: str) -> _Waiting:
        check(actor, Operation.AGENT_ADMIT)
        self._forget_old()
        waiting = self._waiting.get(application_id)
        if waiting is None:
            raise NotFound("nobody waits under this id")
        if waiting.application.state != ApplicationState.PENDING:
            raise Conflict("this application is decided already")
        return waiting

    def _decide(self, waiting: _Waiting, state: ApplicationState, token: str | None) -> Application:
        application = waiting.application.model_copy(update={"state": state})
        self._waiting[application.id] = replace(waiting, application=application, token=token)
        return application

    def _forget_old(self) -> None:
        now = self._clock.monotonic()
        self._waiting = {key: each for key, each in self._waiting.items() if each.ends_at > now}


def names(rules: Iterable[str], agent_id: str, address: str | None) -> bool:
    """Tell whether one of the rules names an agent by its id, whatever the case, or by its address."""
    return any(
        _holds(rule, address) if "/" in rule else fnmatchcase(agent_id.lower(), rule.lower())
        for rule in rules
    )


def _holds(network: str, address: str | None) -> bool:
    try:
        return ip_address(address or "") in ip_network(network)
    except ValueError:
        return False
