"""What v1 clients call beside `/api/v1`: for now the settings form that chose Supabase."""

from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from app.rest.auth import Changing
from app.services.persistence import PersistenceService
from protocol.errors import InvalidRequest
from protocol.text import loads

MAX_FORM = 16 * 1024
_HINT = (
    "Supabase is reached by its connection string: in its project open Connect, copy the URI that begins "
    "with postgresql://, and enter it in place of the project's URL; a key is not needed"
)


class LegacyApi:
    """`POST /api/settings` as before: a form or JSON, answered with a redirect."""

    def __init__(self, *, persistence: PersistenceService) -> None:
        self._persistence = persistence
        self.router = APIRouter(tags=["v1"])
        self.router.add_api_route("/settings", self.settings, methods=["POST"], response_model=None)

    async def settings(self, actor: Changing, request: Request) -> RedirectResponse:
        """Turn the store on that `supabase_url` names, if it is a connection string."""
        address = (await _fields(request)).get("supabase_url", "").strip()
        if address:
            if not address.startswith(("postgresql://", "postgres://")):
                raise InvalidRequest(_HINT, field="supabase_url")
            await self._persistence.switch(actor, address)
        return RedirectResponse("/dashboard", status_code=303)


async def _fields(request: Request) -> dict[str, str]:
    body = await request.body()
    if len(body) > MAX_FORM:
        raise InvalidRequest("the form is too large")
    if request.headers.get("content-type", "").startswith("application/json"):
        value = loads(body)
        return {str(key): str(each) for key, each in value.items()} if isinstance(value, dict) else {}
    try:
        fields = parse_qs(body.decode(), max_num_fields=100)
    except ValueError:
        raise InvalidRequest("the form can't be read") from None
    return {key: values[0] for key, values in fields.items()}
