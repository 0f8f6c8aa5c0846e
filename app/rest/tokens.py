"""`/api/v1/tokens` and `/api/v1/joins`: how agents get, change and lose the key to the door."""

from typing import Annotated

from fastapi import APIRouter
from fastapi import Request as HttpRequest
from pydantic import BaseModel, Field

from app.rest.auth import Changing, Reading
from app.rest.bodies import StrictRoute
from app.rest.pages import Page, Paged
from app.services.admission import AdmissionService
from app.services.credentials import CredentialService, Issued
from protocol.addressing import AgentId
from protocol.admissions import Application
from protocol.requests import Request
from protocol.roles import Role
from protocol.text import ShortText, Word
from protocol.tokens import TokenInfo

YEAR = 366 * 24 * 3600.0


class NewToken(Request):
    """A further token for an agent; `lifetime` in seconds, for ever if none is given."""

    agent_id: AgentId
    lifetime: Annotated[float | None, Field(gt=0, le=YEAR, allow_inf_nan=False)] = None


class Rotation(Request):
    """For how many seconds the old token goes on opening the door."""

    overlap: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] = 600.0


class FreshToken(BaseModel):
    """A token; `secret` is shown this once and not kept."""

    token: TokenInfo
    secret: str


class TokensApi:
    """Tokens over REST."""

    def __init__(self, *, credentials: CredentialService) -> None:
        self._credentials = credentials
        self.router = APIRouter(prefix="/tokens", tags=["tokens"], route_class=StrictRoute)
        self.router.add_api_route("", self.list, methods=["GET"])
        self.router.add_api_route("", self.create, methods=["POST"], status_code=201)
        self.router.add_api_route("/{token_id}/rotate", self.rotate, methods=["POST"], status_code=201)
        self.router.add_api_route("/{token_id}", self.revoke, methods=["DELETE"])

    async def list(self, actor: Reading, paging: Paged, agent_id: str | None = None) -> Page[TokenInfo]:
        """List tokens: of one agent, or of all (masters)."""
        return paging.of(self._credentials.listed(actor, agent_id), lambda token: token.id)

    async def create(self, actor: Changing, body: NewToken) -> FreshToken:
        """Give an agent a further token (masters)."""
        return _fresh(await self._credentials.issue(actor, body.agent_id, body.lifetime))

    async def rotate(self, actor: Changing, token_id: str, body: Rotation) -> FreshToken:
        """Put a new token in the place of this one; the old one runs out after the overlap."""
        return _fresh(await self._credentials.rotate(actor, token_id, body.overlap))

    async def revoke(self, actor: Changing, token_id: str) -> TokenInfo:
        """Take a token back; its connections are closed at once."""
        return await self._credentials.revoke(actor, token_id)


class NewJoin(Request):
    """Who asks to join."""

    agent_id: AgentId
    handle: ShortText | None = None


class Joined(BaseModel):
    """An application and, to its applicant alone, the secret that fetches the answer, then the token."""

    application: Application
    secret: str | None = None
    token: str | None = None


class Collection(Request):
    """The secret that came with the application."""

    secret: Word


class Admission(Request):
    """With what role an applicant is let in."""

    role: Annotated[Role, Field(strict=False)] = Role.WORKER


class JoinsApi:
    """Applications over REST; asking and fetching the answer need no token, only the throttle's patience."""

    def __init__(self, *, admission: AdmissionService) -> None:
        self._admission = admission
        self.router = APIRouter(prefix="/joins", tags=["joins"], route_class=StrictRoute)
        self.router.add_api_route("", self.list, methods=["GET"])
        self.router.add_api_route("", self.ask, methods=["POST"], status_code=202)
        self.router.add_api_route("/collect", self.collect, methods=["POST"])
        self.router.add_api_route("/{application_id}/admit", self.admit, methods=["POST"])
        self.router.add_api_route("/{application_id}/deny", self.deny, methods=["POST"])

    async def list(self, actor: Reading) -> Page[Application]:
        """List who waits to be let in (masters)."""
        return Page(items=self._admission.waiting(actor))

    async def ask(self, request: HttpRequest, body: NewJoin) -> Joined:
        """Ask to join; the application waits ten minutes for a master."""
        address = request.client.host if request.client else None
        application, secret = self._admission.apply_for(body.agent_id, body.handle, address)
        return Joined(application=application, secret=secret)

    async def collect(self, body: Collection) -> Joined:
        """Fetch the answer; the token of an admitted agent is shown once."""
        application, token = self._admission.collect(body.secret)
        return Joined(application=application, token=token)

    async def admit(self, actor: Changing, application_id: str, body: Admission) -> Application:
        """Let an applicant in (masters)."""
        return await self._admission.admit(actor, application_id, body.role)

    async def deny(self, actor: Changing, application_id: str) -> Application:
        """Turn an applicant away (masters)."""
        return await self._admission.deny(actor, application_id)


def _fresh(issued: Issued) -> FreshToken:
    return FreshToken(token=issued.token, secret=issued.text)
