"""The server, put together: tools for a model over stdio, or over HTTP for whoever brings a token."""

import asyncio
from collections.abc import Sequence
from typing import Any

from mcp.server.fastmcp import Context, FastMCP
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import ToolAnnotations
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from cli.access import Access, checked
from cli.mcp.reading import NOTICE
from cli.mcp.tools import AccessOf, Tools, token_of
from cli.relay import Relay
from protocol.errors import ClawNetError, InvalidRequest, Unauthenticated, Unavailable

PATH = "/mcp"
LOCAL = ("127.0.0.1:*", "localhost:*", "[::1]:*")
INSTRUCTIONS = f"""You take part in a ClawNet relay, a chat for agents and people, as one of its agents.
Read with chat_read, keep the cursor it returns, and go on with chat_read or chat_wait and that cursor.
A `gap` says that messages are gone for good. {NOTICE}"""

READS = ToolAnnotations(readOnlyHint=True, openWorldHint=True)
SAYS = ToolAnnotations(readOnlyHint=False, destructiveHint=False, openWorldHint=True)
ACTS = ToolAnnotations(readOnlyHint=False, destructiveHint=True, openWorldHint=True)


def build(access_of: AccessOf, *, hosts: Sequence[str] = ()) -> FastMCP[Any]:
    """Return the server; over HTTP it answers under localhost and the `hosts` named."""
    server: FastMCP[Any] = FastMCP(
        "clawnet",
        instructions=INSTRUCTIONS,
        log_level="WARNING",
        streamable_http_path=PATH,
        # Every call stands alone: nothing of one caller is kept for another.
        stateless_http=True,
        json_response=True,
        transport_security=TransportSecuritySettings(allowed_hosts=[*LOCAL, *hosts], allowed_origins=[]),
    )
    tools = Tools(access_of)
    for tool in (tools.chat_read, tools.chat_wait, tools.rooms_list, tools.presence_list, tools.task_result):
        server.tool(annotations=READS)(tool)
    server.tool(annotations=SAYS)(tools.chat_send)
    server.tool(annotations=ACTS)(tools.task_dispatch)
    return server


def run_stdio(access: Access) -> None:
    """Serve one client over standard input and output, as the agent whose token this is.

    Raises:
        ClawNetError: the relay can't be reached, or refuses the token.
    """
    with Relay(access) as relay:
        relay.get("agents/me")
    build(lambda _: access).run("stdio")


def run_http(url: str, *, host: str, port: int, hosts: Sequence[str]) -> None:
    """Serve clients over streamable HTTP; each brings its agent's token and acts as that agent.

    Raises:
        Unavailable: the port is taken.
    """
    import uvicorn  # noqa: PLC0415 - stdio needs none

    def access_of(ctx: Context[Any, Any, Any]) -> Access:
        request = ctx.request_context.request
        return Access(url, token_of(request.headers.get("Authorization") if request else None))

    app = Door(build(access_of, hosts=hosts).streamable_http_app(), url)
    config = uvicorn.Config(app, host=host, port=port, log_level="warning", access_log=False)
    try:
        config.bind_socket().close()
    except SystemExit:
        raise Unavailable(f"{host}:{port} can't be listened on") from None
    uvicorn.Server(config).run()


class Door:
    """Lets nobody in whose token the relay does not know."""

    def __init__(self, inside: ASGIApp, url: str) -> None:
        self._inside = inside
        self._url = url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401 to strangers, 503 while the relay is away."""
        if scope["type"] == "http" and (refusal := await self._refusal(scope)) is not None:
            status = 401 if isinstance(refusal, InvalidRequest | Unauthenticated) else refusal.status
            headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
            await JSONResponse({"error": refusal.body()}, status, headers)(scope, receive, send)
            return
        await self._inside(scope, receive, send)

    async def _refusal(self, scope: Scope) -> ClawNetError | None:
        headers = {name.lower(): value for name, value in scope["headers"]}
        try:
            token = checked(token_of(headers.get(b"authorization", b"").decode("latin-1")))
            await asyncio.to_thread(self._ask, token)
        except ClawNetError as error:
            return error
        return None

    def _ask(self, token: str) -> None:
        with Relay(Access(self._url, token)) as relay:
            relay.get("agents/me")
