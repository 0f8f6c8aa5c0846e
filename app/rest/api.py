"""The REST application: its routers, its errors, its door."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, FastAPI

from app.clock import Clock
from app.coordination import Coordination
from app.delivery.streams import Streams
from app.metrics import Metrics
from app.rest import problems
from app.rest.agents import AgentsApi
from app.rest.audit import AuditApi
from app.rest.auth import Door, Reading
from app.rest.commands import CommandsApi
from app.rest.events import EventsApi
from app.rest.legacy import LegacyApi
from app.rest.logs import LogsApi
from app.rest.members import MembersApi
from app.rest.messages import MessagesApi
from app.rest.metrics import MetricsApi
from app.rest.moving import MovingApi
from app.rest.openapi import DescribedApi, operation_id
from app.rest.persistence import PersistenceApi
from app.rest.reference import ReferenceApi
from app.rest.reports import ReportsApi
from app.rest.rooms import RoomsApi
from app.rest.settings import SettingsApi
from app.rest.tasks import TasksApi
from app.rest.tokens import JoinsApi, TokensApi
from app.rest.upkeep import UpkeepApi
from app.rest.waiting import LongPolls
from app.services.admission import AdmissionService
from app.services.audit import AuditService
from app.services.chat import ChatService
from app.services.compose import ComposeService
from app.services.credentials import CredentialService
from app.services.identity import IdentityService
from app.services.limits import LimitsService
from app.services.moving import MovingService
from app.services.persistence import PersistenceService
from app.services.presence import PresenceService
from app.services.recent_logs import RecentLogService
from app.services.rooms import RoomService
from app.services.runtime_settings import RuntimeSettings
from app.services.search import SearchService
from app.services.shared_secret import SharedSecretService
from app.services.upkeep import UpkeepService


@dataclass(frozen=True, slots=True, kw_only=True)
class RestServices:
    """What REST reaches."""

    compose: ComposeService
    chat: ChatService
    search: SearchService
    streams: Streams
    rooms: RoomService
    identity: IdentityService
    credentials: CredentialService
    admission: AdmissionService
    audit: AuditService
    presence: PresenceService
    limits: LimitsService
    persistence: PersistenceService
    moving: MovingService
    settings: RuntimeSettings
    work: Coordination
    shared: SharedSecretService
    upkeep: UpkeepService
    logs: RecentLogService
    metrics: Metrics
    measured: Callable[[], Awaitable[bytes]]
    clock: Clock


def build_api(services: RestServices, version: str) -> FastAPI:
    """Return the application to mount at `/api`."""
    api = DescribedApi(
        title="ClawNet",
        version=version,
        # A redirect would send a token to whatever host the request was made to.
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        # What there is to attack is told to those who belong here.
        openapi_url=None,
        generate_unique_id_function=operation_id,
        strict_content_type=False,
    )
    api.state.audit = services.audit
    api.state.door = Door(credentials=services.credentials, limits=services.limits, audit=services.audit)
    api.state.old_door = Door(credentials=services.shared, limits=services.limits, audit=services.audit)
    problems.install(api)
    for router in _routers(services, version):
        api.include_router(router, prefix="/v1")
    api.include_router(_legacy(services))
    api.include_router(MetricsApi(text=services.measured).router)
    api.include_router(ReferenceApi(document=api.openapi).router)

    async def ping() -> dict[str, str | bool]:
        """Say that the relay answers; open to all, like health."""
        return {"ok": True, "server_time": services.clock.stamp()}

    async def schema(_: Reading) -> dict[str, Any]:
        """Describe this interface."""
        return api.openapi()

    api.add_api_route("/v1/ping", ping, methods=["GET"], tags=["relay"])
    api.add_api_route("/openapi.json", schema, methods=["GET"], include_in_schema=False)
    return api


def _legacy(services: RestServices) -> APIRouter:
    return LegacyApi(
        persistence=services.persistence,
        identity=services.identity,
        logs=services.logs,
        tasks=services.work.tasks,
        audit=services.audit,
    ).router


def _routers(services: RestServices, version: str) -> tuple[APIRouter, ...]:
    polls = LongPolls(streams=services.streams, clock=services.clock)
    return (
        MessagesApi(compose=services.compose, chat=services.chat).router,
        RoomsApi(rooms=services.rooms, chat=services.chat, search=services.search, polls=polls).router,
        MembersApi(rooms=services.rooms, identity=services.identity, presence=services.presence).router,
        EventsApi(streams=services.streams, audit=services.audit, clock=services.clock).router,
        AgentsApi(
            identity=services.identity, credentials=services.credentials, presence=services.presence
        ).router,
        TokensApi(credentials=services.credentials).router,
        JoinsApi(admission=services.admission).router,
        AuditApi(audit=services.audit, limits=services.limits).router,
        LogsApi(logs=services.logs, tasks=services.work.tasks).router,
        PersistenceApi(persistence=services.persistence).router,
        MovingApi(moving=services.moving).router,
        UpkeepApi(upkeep=services.upkeep).router,
        SettingsApi(
            settings=services.settings, chat=services.chat, clock=services.clock, version=version
        ).router,
        TasksApi(work=services.work, polls=polls).router,
        ReportsApi(work=services.work).router,
        CommandsApi(work=services.work).router,
    )
