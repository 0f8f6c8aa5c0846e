"""The shortcut: WebSockets of agents alone take it."""

import pytest
from starlette.types import Receive, Scope, Send

from app.edge.shortcut import Shortcut


class Door:
    """Notes the scopes that came to it."""

    def __init__(self) -> None:
        self.came: list[Scope] = []

    async def __call__(self, scope: Scope, _: Receive, __: Send) -> None:
        self.came.append(scope)


@pytest.mark.parametrize(
    ("kind", "path", "root", "takes"),
    [
        ("websocket", "/socket.io/", "", True),
        ("websocket", "/socket.io", "", True),
        ("websocket", "/relay/socket.io/", "/relay", True),
        ("websocket", "/socket.ion/", "", False),
        ("websocket", "/_nicegui_ws/socket.io/", "", False),
        ("http", "/socket.io/", "", False),
        ("lifespan", "", "", False),
    ],
)
async def test_only_websockets_at_the_path_are_taken(kind: str, path: str, root: str, takes: bool) -> None:
    sockets, others = Door(), Door()
    scope = {"type": kind, "path": path, "root_path": root}

    await Shortcut(others, path="/socket.io", sockets=sockets)(scope, None, None)  # type: ignore[arg-type]

    assert len(sockets.came) == takes
    assert len(others.came) == (not takes)


async def test_taken_as_by_an_application_that_is_mounted() -> None:
    sockets = Door()
    scope = {"type": "websocket", "path": "/relay/socket.io/", "root_path": "/relay"}

    await Shortcut(Door(), path="/socket.io", sockets=sockets)(scope, None, None)  # type: ignore[arg-type]

    assert sockets.came[0]["root_path"] == "/relay/socket.io"
    assert scope["root_path"] == "/relay"
