"""WebSockets of agents go straight to their application.

On their way through a web framework each would hold ten coroutines and their stacks for as long as it lasts:
a fifth of what an idle connection takes.
"""

from starlette.types import ASGIApp, Receive, Scope, Send


class Shortcut:
    """Hands WebSockets at `path` or below to `sockets`, and everything else to `others`."""

    def __init__(self, others: ASGIApp, *, path: str, sockets: ASGIApp) -> None:
        self._others = others
        self._path = path
        self._sockets = sockets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on, with the path as an application mounted there gets it."""
        root: str = scope.get("root_path", "")
        if scope["type"] == "websocket" and f"{scope['path']}/".startswith(f"{root}{self._path}/"):
            scope = {**scope, "root_path": root + self._path}
            await self._sockets(scope, receive, send)
        else:
            await self._others(scope, receive, send)
