"""A request without a network: what an application is called with, and what it answers."""

import json
from typing import Any

from starlette.types import ASGIApp, Message, Scope


class Inner:
    """An application that answers 204 and remembers what it was called with."""

    def __init__(self, headers: dict[str, str] | None = None) -> None:
        self.scopes: list[Scope] = []
        self._headers = [(key.encode(), value.encode()) for key, value in (headers or {}).items()]

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        del receive
        self.scopes.append(scope)
        await send({"type": "http.response.start", "status": 204, "headers": self._headers})
        await send({"type": "http.response.body", "body": b""})


class Answer:
    """What came back."""

    def __init__(self, messages: list[Message]) -> None:
        self.messages = messages

    @property
    def status(self) -> int:
        """Return the status of the response."""
        return int(self.messages[0]["status"])

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers of the response."""
        return {key.decode().lower(): value.decode() for key, value in self.messages[0]["headers"]}

    @property
    def problem(self) -> dict[str, Any]:
        """Return the problem in the body."""
        body: dict[str, Any] = json.loads(self.messages[1]["body"])
        return body


async def ask(
    app: ASGIApp,
    headers: dict[str, str] | None = None,
    *,
    kind: str = "http",
    client: str | None = "192.0.2.7",
    scheme: str = "http",
    path: str = "/",
) -> Answer:
    """Call an application with one request."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect" if kind == "websocket" else "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": kind,
        "method": "GET",
        "path": path,
        "scheme": scheme,
        "client": (client, 1) if client else None,
        "headers": [
            (key.lower().encode(), value.encode("latin-1")) for key, value in (headers or {}).items()
        ],
    }
    await app(scope, receive, send)
    return Answer(sent)
