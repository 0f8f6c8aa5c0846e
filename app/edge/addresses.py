"""Where a request comes from, behind proxies that the operator trusts (checklist S31)."""

from collections.abc import Iterable
from ipaddress import ip_address, ip_network

from starlette.types import ASGIApp, Receive, Scope, Send


class ClientAddress:
    """Puts the client's address and scheme in place of a trusted proxy's; other headers are not believed."""

    def __init__(self, app: ASGIApp, *, trusted: Iterable[str]) -> None:
        self._app = app
        self._trusted = [ip_network(each, strict=False) for each in trusted]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with the address that counts."""
        if scope["type"] in {"http", "websocket"} and scope.get("client"):
            peer, headers = scope["client"][0], dict(scope["headers"])
            if self._is_trusted(peer):
                address = self._client_of(peer, headers)
                scope = {**scope, "client": (address, 0), "scheme": _scheme_of(scope, headers)}
        await self._app(scope, receive, send)

    def _client_of(self, peer: str, headers: dict[bytes, bytes]) -> str:
        hops = [hop.strip() for hop in headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")]
        address = peer
        # Read from the right: each hop was written by the one that stands right of it.
        while self._is_trusted(address) and hops and _is_address(hops[-1]):
            address = hops.pop()
        return address

    def _is_trusted(self, address: str) -> bool:
        return _is_address(address) and any(ip_address(address) in network for network in self._trusted)


def _scheme_of(scope: Scope, headers: dict[bytes, bytes]) -> str:
    # TLS ends at the proxy: without its word no cookie would be Secure (checklist S12).
    if headers.get(b"x-forwarded-proto", b"").strip().lower() != b"https":
        return str(scope["scheme"])
    return "https" if scope["type"] == "http" else "wss"


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
