"""The door of NiceGUI: nothing behind it without a session, no script in its pages that is not its own."""

import re
from urllib.parse import parse_qs, quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.headers import console_headers, is_same_site, new_nonce, static_headers
from components.routes import HOME
from components.session import Sessions, session_id_of

SOCKET = "/_nicegui_ws/"
ASSETS = "/_nicegui/"
LOGIN = "/login"

_SCRIPT = re.compile(rb"<script(?=[\s>])")
_DROPPED = {b"x-forwarded-prefix"}  # NiceGUI would write it into the page


class SessionGuard:
    """Lets nobody reach NiceGUI who has no session; its socket also needs our own origin and its own page."""

    def __init__(self, app: ASGIApp, *, sessions: Sessions, allowed_origins: frozenset[str]) -> None:
        self._app = app
        self._sessions = sessions
        self._allowed = allowed_origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on or refuse it."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
        elif (refusal := self._refusal(scope)) is None:
            scope["headers"] = [(name, value) for name, value in scope["headers"] if name not in _DROPPED]
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            refusal.headers.update(static_headers(secure=scope.get("scheme") == "https"))
            await refusal(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        session_id = session_id_of(scope)
        known = self._sessions.actor(session_id) is not None
        if path.startswith(SOCKET):
            allowed = known and self._may_open_socket(scope, session_id)
            return None if allowed else PlainTextResponse("no session", status_code=401)
        if path.startswith(ASSETS):
            return None if known else PlainTextResponse("no session", status_code=401)
        if path == HOME or path.startswith(HOME + "/"):
            return None if known else _to_login(scope)
        return PlainTextResponse("not found", status_code=404)

    def _may_open_socket(self, scope: Scope, session_id: str | None) -> bool:
        query = parse_qs(scope["query_string"].decode("latin-1"))
        client_id = query.get("client_id", [""])[0]
        strict = scope["type"] == "websocket"
        same = is_same_site(Headers(scope=scope), self._allowed, strict=strict)
        # NiceGUI lets a socket that names no page reach any page.
        return same and bool(client_id) and self._sessions.owns(session_id, client_id)


class PageHeaders:
    """Gives NiceGUI's responses their security headers and its inline scripts the nonce that lets them run.

    It has to sit inside of compression: it reads the page.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request with headers added."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        else:
            await self._app(scope, receive, _Page(send, secure=scope.get("scheme") == "https"))


class _Page:
    """Holds an HTML response back until it is whole; passes anything else through."""

    def __init__(self, send: Send, *, secure: bool) -> None:
        self._send = send
        self._nonce = new_nonce()
        self._headers = console_headers(self._nonce, secure=secure)
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif self._start is None:
            await self._send(message)
        else:
            await self._continue(message)

    async def _begin(self, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in self._headers.items():
            headers[name] = value
        if headers.get("content-type", "").startswith("text/html"):
            self._start = message
        else:
            await self._send(message)

    async def _continue(self, message: Message) -> None:
        self._body += message.get("body", b"")
        if message.get("more_body", False) or self._start is None:
            return
        body = _SCRIPT.sub(b'<script nonce="' + self._nonce.encode() + b'"', self._body)
        MutableHeaders(scope=self._start)["content-length"] = str(len(body))
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": body})


def _to_login(scope: Scope) -> Response:
    if scope["method"] not in {"GET", "HEAD"}:
        return PlainTextResponse("no session", status_code=401)
    query = scope["query_string"].decode("latin-1")
    target = scope["path"] + (f"?{query}" if query else "")
    return RedirectResponse(f"{LOGIN}?next={quote(target, safe='')}", status_code=303)
