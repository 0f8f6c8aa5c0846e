"""What v1 clients call beside `/api/v1`, answered in the shapes that they have always parsed."""

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from app.rest.auth import OLD_DOOR, Bearer, OldChanging, OldReading, admitted
from app.rest.bodies import StrictRoute, request_of
from app.services.audit import AuditService
from app.services.identity import IdentityService
from app.services.persistence import PersistenceService
from app.services.recent_logs import RecentLogService
from app.services.tasks.service import TaskService
from protocol.errors import InvalidRequest
from protocol.events import Budget
from protocol.text import ShortText, loads
from protocol.v1 import role_of, shown

MAX_FORM = 16 * 1024
_HINT = (
    "Supabase is reached by its connection string: in its project open Connect, copy the URI that begins "
    "with postgresql://, and enter it in place of the project's URL; a key is not needed"
)


Limit = Annotated[int, Query(ge=1, le=2**31)]


class NewRole(BaseModel):
    """Another role for an agent."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    agent_id: Annotated[ShortText, Field(alias="agentId")]
    role: ShortText


def _form_of(*names: str, required: Sequence[str] = ()) -> dict[str, Any]:
    """Describe a body that is a form or JSON."""
    properties = {name: {"type": "string", "maxLength": 256} for name in names}
    schema = {"type": "object", "properties": properties, "required": [*required]}
    forms = ("application/json", "application/x-www-form-urlencoded")
    return {"requestBody": {"content": {form: {"schema": schema} for form in forms}}}


class LegacyApi:
    """The routes of version 1 below `/api`; a limit over what is served is cut down, as it was."""

    def __init__(
        self,
        *,
        persistence: PersistenceService,
        identity: IdentityService,
        logs: RecentLogService,
        tasks: TaskService,
        audit: AuditService,
    ) -> None:
        self._persistence = persistence
        self._identity = identity
        self._logs = logs
        self._tasks = tasks
        self._audit = audit
        self.router = APIRouter(tags=["v1"], route_class=StrictRoute)
        self.router.add_api_route(
            "/settings",
            self.settings,
            methods=["POST"],
            status_code=303,
            response_class=RedirectResponse,
            openapi_extra=_form_of("supabase_url"),
        )
        self.router.add_api_route("/docs", self.docs, methods=["GET"])
        self.router.add_api_route("/logs/server", self.server_log, methods=["GET"])
        self.router.add_api_route("/logs/tasks", self.task_log, methods=["GET"])
        self.router.add_api_route("/logs/audit", self.audit_log, methods=["GET"])
        self.router.add_api_route(
            "/role",
            self.role,
            methods=["POST"],
            openapi_extra=_form_of("agentId", "role", "secret", required=("agentId", "role")),
        )

    async def settings(self, actor: OldChanging, request: Request) -> RedirectResponse:
        """Turn the store on that `supabase_url` names, if it is a connection string."""
        address = (await _fields(request)).get("supabase_url", "").strip()
        if address:
            if not address.startswith(("postgresql://", "postgres://")):
                raise InvalidRequest(_HINT, field="supabase_url")
            await self._persistence.switch(actor, address)
        return RedirectResponse("/dashboard", status_code=303)

    async def docs(self, _: OldReading, request: Request) -> dict[str, Any]:
        """Describe this interface as OpenAPI."""
        described: dict[str, Any] = request.app.openapi()
        return described

    async def server_log(
        self, actor: OldReading, limit: Limit = 200, search: ShortText = ""
    ) -> dict[str, list[str]]:
        """List the newest lines of the relay's log, oldest first (masters, wardens)."""
        return {"lines": self._logs.lines(actor, limit=min(limit, 1000), search=search)}

    async def task_log(self, actor: OldReading, limit: Limit = 50) -> dict[str, list[dict[str, Any]]]:
        """List the newest tasks that the caller may see, oldest first."""
        newest = self._tasks.listed(actor)[: min(limit, 200)]
        return {"tasks": [shown(task) for task in reversed(newest)]}

    async def audit_log(self, actor: OldReading, limit: Limit = 100) -> dict[str, list[dict[str, Any]]]:
        """List the newest records of the audit trail, oldest first (masters, wardens)."""
        records = await self._audit.page(actor, before=2**53, limit=min(limit, 1000))
        return {"entries": [record.model_dump() for record in records]}

    async def role(self, request: Request, bearer: Bearer) -> dict[str, str | bool]:
        """Give an agent another role (masters): `{agentId, role, secret}`, a form or JSON.

        The token, or the secret that v1 clients share, may stand in the body instead of the header.
        """
        fields = await _fields(request)
        token = bearer.credentials if bearer else fields.get("secret")
        actor = await admitted(request, token, Budget.CONTROL, OLD_DOOR)
        body = request_of(NewRole, **fields)
        agent = await self._identity.change_role(actor, body.agent_id, role_of(body.role))
        return {"success": True, "agentId": agent.id, "role": agent.role}


async def _fields(request: Request) -> dict[str, str]:
    body = await request.body()
    if len(body) > MAX_FORM:
        raise InvalidRequest("the form is too large")
    if request.headers.get("content-type", "").startswith("application/json"):
        value = loads(body)
        if not isinstance(value, dict):
            raise InvalidRequest("send an object")
        return {str(key): str(each) for key, each in value.items()}
    try:
        fields = parse_qs(body.decode(), max_num_fields=100)
    except ValueError:
        raise InvalidRequest("the form can't be read") from None
    return {key: values[0] for key, values in fields.items()}
