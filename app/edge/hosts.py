"""Host and Origin, checked for HTTP and both sockets (checklist S1 to S3).

A name that an attacker owns can be made to point here (DNS rebinding); an address can't. So the host of a
request must be an address, a name of this machine, or one that the operator has listed. A browser says where
a page came from in Origin; it must be the host itself or a listed origin. Agents send no Origin.
"""

from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from app.rest.problems import problem_of
from protocol.errors import Forbidden

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class HostGuard:
    """Refuses requests for hosts that are not ours and from pages that are not ours."""

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str], origins: Iterable[str]) -> None:
        self._app = app
        self._origins = frozenset(origins)
        listed = {urlsplit(origin).hostname or "" for origin in self._origins}
        self._hosts = _LOCAL | frozenset(hosts) | listed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what comes for us."""
        if scope["type"] not in {"http", "websocket"} or self._is_ours(dict(scope["headers"])):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            # Closed before it was accepted: uvicorn answers 403.
            await send({"type": "websocket.close", "code": 1008})
        else:
            await problem_of(Forbidden("this host or origin is not allowed"))(scope, receive, send)

    def _is_ours(self, headers: dict[bytes, bytes]) -> bool:
        host = headers.get(b"host", b"").decode("latin-1").lower()
        origin = headers.get(b"origin")
        if not self._is_our_host(host):
            return False
        return origin is None or self._is_our_origin(origin.decode("latin-1").lower(), host)

    def _is_our_host(self, host: str) -> bool:
        name = _name_of(host)
        return name in self._hosts or _is_address(name)

    def _is_our_origin(self, origin: str, host: str) -> bool:
        return origin in self._origins or origin in {f"http://{host}", f"https://{host}"}


def _name_of(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
