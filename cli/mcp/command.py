"""`clownet-cli mcp`: the relay as tools of a model."""

from typing import Annotated

import typer

from cli.access import profile_name, url_of
from cli.caller import Caller, command
from cli.profiles import load


@command
def mcp(
    caller: Caller,
    http: Annotated[bool, typer.Option("--http", help="Streamable HTTP instead of stdio.")] = False,
    host: Annotated[str, typer.Option(help="Address to listen on, with --http.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on, with --http.")] = 3001,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="Host header beside localhost's that is answered; repeatable.", show_default=False),
    ] = None,
) -> None:
    """Serve the Model Context Protocol: chat_send, chat_read, chat_wait, rooms_list, presence_list,
    task_dispatch and task_result for Claude Code, Codex, OpenClaw and any other client.

    Over stdio the client acts with this login's token. Over HTTP, at /mcp, each client brings its own agent's
    token as `Authorization: Bearer`, and this program keeps none.

    Example: clownet-cli mcp --token-file agent.token
    """  # noqa: D205 - the list of tools is the summary
    from cli.mcp.server import run_http, run_stdio  # noqa: PLC0415 - slow to import

    if http:
        url = url_of(caller.given, load(profile_name(caller.given)))
        caller.output.note(f"MCP for {url} at http://{host}:{port}/mcp")
        run_http(url, host=host, port=port, hosts=allow_host or [])
    else:
        run_stdio(caller.access())
