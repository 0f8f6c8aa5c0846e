"""`clownet-cli agent run`: the sidecar's options."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from cli.access import checked, profile_name
from cli.caller import Caller, command
from cli.exits import epilog
from protocol.errors import InvalidRequest

app = typer.Typer(
    help="Execute the tasks of an agent on this machine.\n\n"
    "Example: clownet-cli agent run --token-file agent.token",
    no_args_is_help=True,
)


def _option(words: str) -> Any:
    return typer.Option(help=words, show_default=False)


BackendOption = Annotated[
    Literal["auto", "gateway", "cli", "plain"],
    typer.Option(help="What executes: OpenClaw's gateway, its command line, or only the allow-list."),
]
GatewayUrl = Annotated[str | None, _option("OpenClaw's gateway; ws://127.0.0.1:18789 if unset.")]
GatewayToken = Annotated[Path | None, _option("File with the gateway's token; needed once, for pairing.")]
OpenClawAgent = Annotated[str, typer.Option(help="OpenClaw's agent that answers; restrict its tools.")]
Allow = Annotated[Path | None, _option("File with the commands that /run may start, one a line.")]
DataDir = Annotated[Path | None, _option("Folder for journal and device key, one for each agent.")]


@app.command("run", epilog=epilog())
@command
def run(  # noqa: PLR0917 - Typer's options are never positional
    caller: Caller,
    backend: BackendOption = "auto",
    gateway_url: GatewayUrl = None,
    gateway_token_file: GatewayToken = None,
    openclaw_agent: OpenClawAgent = "clawnet",
    allow: Allow = None,
    data_dir: DataDir = None,
) -> None:
    """Live on the relay as one agent and execute its tasks, until interrupted.

    Each task is executed once, also across a crash of this program. With --json the log is lines of JSON.

    Example: clownet-cli agent run --token-file agent.token --gateway-token-file gateway.token
    """
    from cli.agent.logs import set_up  # noqa: PLC0415 - the SDK is slow to import
    from cli.agent.options import Options, default_folder  # noqa: PLC0415
    from cli.agent.sidecar import Sidecar  # noqa: PLC0415

    access = caller.access()
    set_up(as_json=caller.output.as_json)
    options = Options(
        data_dir=data_dir or default_folder(profile_name(caller.given)),
        backend=backend,
        gateway_url=gateway_url,
        gateway_token=_token(gateway_token_file),
        agent=openclaw_agent,
        allow=allow,
    )
    Sidecar(access, options).run()


def _token(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return checked(path.read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError):
        raise InvalidRequest("the gateway's token file can't be read", field="gateway_token_file") from None
