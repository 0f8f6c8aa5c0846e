"""The dashboard for who shows a token in a header, as v1's was: a session begins with the page itself."""

import math

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.actor import Via
from components import session
from components.headers import static_headers
from components.ports import Console
from components.routes import HOME
from components.session import OPERATORS, Session, Sessions, session_id_of
from components.throttle import Throttle
from protocol.errors import ClawNetError, Forbidden, RateLimited


class BearerEntry:
    """Signs in by `Authorization: Bearer …` where a page of the console is read."""

    def __init__(self, app: ASGIApp, *, console: Console, sessions: Sessions) -> None:
        self._app = app
        self._entry = console.entry
        self._audit = console.audit
        self._sessions = sessions
        self._throttle = Throttle(console.monotonic)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with the session that its header opens."""
        token = self._token(scope)
        if token is None:
            await self._app(scope, receive, send)
            return
        try:
            opened = await self._open(token, scope["client"][0] if scope.get("client") else "")
        except ClawNetError as error:
            self._audit.refused(None, "login", error, scope["client"][0] if scope.get("client") else None)
            await _refusal(scope, error)(scope, receive, send)
            return
        await self._app(_with_cookie(scope, opened), receive, _giving(send, scope, opened))

    def _token(self, scope: Scope) -> str | None:
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            return None
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if path != HOME and not path.startswith(HOME + "/"):
            return None
        scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
        is_known = self._sessions.actor(session_id_of(scope)) is not None
        return token.strip() if scheme.lower() == "bearer" and not is_known else None

    async def _open(self, token: str, address: str) -> Session:
        if (wait := self._throttle.wait(address)) > 0:
            raise RateLimited("too many attempts", retry_after=wait)
        actor = await self._entry.authenticate(token, Via.CONSOLE, address or None)
        if actor.role not in OPERATORS:
            raise Forbidden("This token belongs to an agent. The console needs an operator's token.")
        self._throttle.forgive(address)
        await self._audit.note(actor, "login", actor.agent_id)
        return self._sessions.open(actor)


def _refusal(scope: Scope, error: ClawNetError) -> Response:
    headers = static_headers(secure=scope.get("scheme") == "https") | {"Cache-Control": "no-store"}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if error.retry_after:
        headers["Retry-After"] = str(math.ceil(error.retry_after))
    return PlainTextResponse(error.message, status_code=error.status, headers=headers)


def _with_cookie(scope: Scope, opened: Session) -> Scope:
    cookie = f"{session.cookie_name(scope)}={opened.id}".encode()
    others = [(name, value) for name, value in scope["headers"] if name != b"cookie"]
    return {**scope, "headers": [*others, (b"cookie", cookie)]}


def _giving(send: Send, scope: Scope, opened: Session) -> Send:
    carrier = Response()
    session.give(carrier, scope, opened)

    async def giving(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).append("set-cookie", carrier.headers["set-cookie"])
        await send(message)

    return giving
