"""The REST application: its routers, its errors, its door."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, FastAPI

from app.clock import Clock, stamp
from app.coordination import Coordination
from app.delivery.streams import Streams
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
from app.rest.moving import MovingApi
from app.rest.persistence import PersistenceApi
from app.rest.reports import ReportsApi
from app.rest.rooms import RoomsApi
from app.rest.tasks import TasksApi
from app.rest.tokens import JoinsApi, TokensApi
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
from app.services.search import SearchService
from app.services.shared_secret import SharedSecretService

_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"description": words, "content": {"application/problem+json": {}}}
    for status, words in {
        401: "No valid token.",
        403: "Not allowed.",
        404: "Absent, or hidden from the caller.",
        409: "Clashes with what is there.",
        413: "Too large.",
        422: "Malformed.",
        429: "Too many requests.",
        503: "The store is away.",
    }.items()
}


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
    work: Coordination
    shared: SharedSecretService
    logs: RecentLogService
    clock: Clock


def build_api(services: RestServices, version: str) -> FastAPI:
    """Return the application to mount at `/api`."""
    api = FastAPI(
        title="ClawNet",
        version=version,
        docs_url=None,
        redoc_url=None,
        # What there is to attack is told to those who belong here.
        openapi_url=None,
        responses=_ERRORS,
        strict_content_type=False,
    )
    api.state.audit = services.audit
    api.state.door = Door(credentials=services.credentials, limits=services.limits, audit=services.audit)
    api.state.old_door = Door(credentials=services.shared, limits=services.limits, audit=services.audit)
    problems.install(api)
    for router in _routers(services):
        api.include_router(router, prefix="/v1")
    api.include_router(_legacy(services))

    async def ping() -> dict[str, str | bool]:
        """Say that the relay answers; open to all, like health."""
        return {"ok": True, "server_time": stamp(services.clock.now())}

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


def _routers(services: RestServices) -> tuple[APIRouter, ...]:
    return (
        MessagesApi(compose=services.compose, chat=services.chat).router,
        RoomsApi(rooms=services.rooms, chat=services.chat, search=services.search).router,
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
        TasksApi(work=services.work).router,
        ReportsApi(work=services.work).router,
        CommandsApi(work=services.work).router,
    )
