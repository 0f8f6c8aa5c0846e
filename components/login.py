"""Signing in and out: plain HTML and plain forms, before anything of NiceGUI is built."""

import math
from contextlib import suppress
from pathlib import Path
from string import Template
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from markdown_it.common.utils import escapeHtml
from starlette.requests import ClientDisconnect
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response

from app.actor import Via
from components import session, theme
from components.headers import is_same_site, static_headers
from components.ports import Console
from components.routes import HOME, is_local
from components.session import OPERATORS, Sessions, session_id_of
from components.throttle import Throttle
from protocol.errors import ClawNetError, Forbidden, InvalidRequest, RateLimited, TooLarge, Unauthenticated

STATIC = Path(__file__).parent / "static"
MAX_FORM = 8 * 1024
_PAGE = Template((STATIC / "login.html").read_text(encoding="utf-8"))
_ASSETS = {
    "login.css": "text/css",
    "login.js": "text/javascript",
    "start.js": "text/javascript",
    "favicon.svg": "image/svg+xml",
}


class LoginDoor:
    """The routes around a session."""

    def __init__(self, console: Console, sessions: Sessions) -> None:
        self._console = console
        self._sessions = sessions
        self._throttle = Throttle(console.monotonic)
        self.router = APIRouter(include_in_schema=False)
        self.router.add_api_route("/login", self.form, methods=["GET"])
        self.router.add_api_route("/login", self.sign_in, methods=["POST"])
        self.router.add_api_route("/logout", self.sign_out, methods=["POST"])
        self.router.add_api_route("/session", self.standing, methods=["GET"])
        self.router.add_api_route("/assets/theme.css", self.colours, methods=["GET"])
        self.router.add_api_route("/assets/{name}", self.asset, methods=["GET"])
        self.router.add_api_route("/favicon.ico", self.favicon, methods=["GET"])

    async def form(self, request: Request) -> Response:
        """Show the form, or go on when there is a session already."""
        target = _target(request.query_params.get("next", ""))
        if self._sessions.actor(session_id_of(request.scope)) is not None:
            return _sealed(request, RedirectResponse(target, status_code=303))
        return _page(request, target)

    async def sign_in(self, request: Request) -> Response:
        """Take a token and begin a session; the id is new, whatever cookie came along."""
        target = HOME
        try:
            self._check_origin(request)
            form = await _form_of(request)
            target = _target(form.get("next", ""))
            opened = await self._open(request, form)
        except ClawNetError as error:
            self._console.audit.refused(None, "login", error, _address(request))
            return _refused(request, target, error)
        response = Response(status_code=204) if _wants_json(request) else RedirectResponse(target, 303)
        session.give(response, request.scope, opened)
        return _sealed(request, response)

    async def sign_out(self, request: Request) -> Response:
        """End the session."""
        try:
            self._check_origin(request)
        except ClawNetError as error:
            return _refused(request, HOME, error)
        ended = session_id_of(request.scope)
        if (actor := self._sessions.actor(ended)) is not None:
            # Whatever becomes of the record, who wants to leave is let go.
            with suppress(ClawNetError):
                await self._console.audit.note(actor, "logout", actor.agent_id)
        self._sessions.close(ended)
        response = RedirectResponse("/login", status_code=303)
        session.take(response, request.scope)
        return _sealed(request, response)

    async def standing(self, request: Request) -> Response:
        """Tell a page whether its session is still good, without keeping it awake."""
        known = self._sessions.actor(session_id_of(request.scope)) is not None
        return _sealed(request, JSONResponse({"signed_in": known}))

    async def colours(self, request: Request) -> Response:
        """Serve the tokens of the theme as CSS."""
        return _sealed(request, Response(theme.tokens_css(), media_type="text/css"))

    async def asset(self, request: Request, name: str) -> Response:
        """Serve one of the few files that the login page needs."""
        if (media_type := _ASSETS.get(name)) is None:
            return _sealed(request, Response(status_code=404))
        return _sealed(request, FileResponse(STATIC / name, media_type=media_type))

    async def favicon(self, request: Request) -> Response:
        """Serve the icon under the name that browsers guess."""
        return await self.asset(request, "favicon.svg")

    def _check_origin(self, request: Request) -> None:
        if not is_same_site(request.headers, self._console.allowed_origins):
            raise Forbidden("This form was sent from another site.")

    async def _open(self, request: Request, form: dict[str, str]) -> session.Session:
        address = _address(request) or ""
        if (wait := self._throttle.wait(address)) > 0:
            raise RateLimited("too many attempts", retry_after=wait)
        token = form.get("token", "").strip()
        actor = await self._console.entry.authenticate(token, Via.CONSOLE, address or None)
        if actor.role not in OPERATORS:
            raise Forbidden("This token belongs to an agent. The console needs an operator's token.")
        self._throttle.forgive(address)
        await self._console.audit.note(actor, "login", actor.agent_id)
        self._sessions.close(session_id_of(request.scope))
        return self._sessions.open(actor, keep=form.get("keep") == "on")


def _address(request: Request) -> str | None:
    return request.client.host if request.client else None


def _target(text: str) -> str:
    return text if is_local(text) else HOME


async def _form_of(request: Request) -> dict[str, str]:
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise InvalidRequest("send the form as application/x-www-form-urlencoded")
    body = await _body_of(request)
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
    except ValueError:
        raise InvalidRequest("the form has too many fields") from None
    return {name: values[0] for name, values in fields.items()}


async def _body_of(request: Request) -> bytes:
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_FORM:
                raise TooLarge("the form is too large")
    except ClientDisconnect:
        raise InvalidRequest("the form broke off") from None
    return body


def _refused(request: Request, target: str, error: ClawNetError) -> Response:
    wait = math.ceil(error.retry_after or 0)
    said = _said(error, wait)
    if _wants_json(request):
        body = {"message": said, "retry_after": wait}
        response: Response = _sealed(request, JSONResponse(body, status_code=error.status))
    else:
        response = _page(request, target, error=said, wait=wait, status=error.status)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def _said(error: ClawNetError, wait: int) -> str:
    if wait:
        return f"Too many attempts. Try again in {wait} s."
    return "This token is not valid." if isinstance(error, Unauthenticated) else error.message


def _page(request: Request, target: str, *, error: str = "", wait: int = 0, status: int = 200) -> Response:
    loopback = request.url.hostname in {"localhost", "127.0.0.1", "::1"}
    html = _PAGE.substitute(
        host=escapeHtml(request.headers.get("host", "")),
        target=escapeHtml(target),
        error=escapeHtml(error),
        error_hidden="" if error else " hidden",
        wait=wait,
        plain_hidden=" hidden" if loopback or request.url.scheme == "https" else "",
    )
    return _sealed(request, HTMLResponse(html, status_code=status))


def _sealed(request: Request, response: Response) -> Response:
    response.headers.update(static_headers(secure=request.url.scheme == "https"))
    response.headers["Cache-Control"] = "no-store"
    return response


def _wants_json(request: Request) -> bool:
    return request.headers.get("accept") == "application/json"
