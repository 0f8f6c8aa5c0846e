"""`clownet-cli agent run`: the sidecar's options."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.access import checked, profile_name
from cli.caller import Caller, command
from cli.exits import epilog
from protocol.errors import InvalidRequest

app = typer.Typer(help="Execute the tasks of an agent on this machine.", no_args_is_help=True)


@app.command("run", epilog=epilog())
@command
def run(  # noqa: PLR0917 - Typer's options are never positional
    caller: Caller,
    backend: Annotated[
        Literal["auto", "gateway", "cli", "plain"],
        typer.Option(help="What executes: OpenClaw's gateway, its command line, or only the allow-list."),
    ] = "auto",
    gateway_url: Annotated[
        str | None,
        typer.Option(help="OpenClaw's gateway; ws://127.0.0.1:18789 if unset.", show_default=False),
    ] = None,
    gateway_token_file: Annotated[
        Path | None,
        typer.Option(help="File with the gateway's token; needed once, for pairing.", show_default=False),
    ] = None,
    openclaw_agent: Annotated[
        str, typer.Option(help="Which of OpenClaw's agents answers; give it an allow-list of tools.")
    ] = "clawnet",
    allow: Annotated[
        Path | None,
        typer.Option(help="File with the commands that /run may start, one a line.", show_default=False),
    ] = None,
    data_dir: Annotated[
        Path | None,
        typer.Option(help="Folder for journal and device key, one for each agent.", show_default=False),
    ] = None,
) -> None:
    """Live on the relay as one agent and execute its tasks, until interrupted.

    Example: clownet-cli agent run --url https://relay.example --token-file agent.token
    --gateway-token-file gateway.token. Each task is executed once, also across a crash of this program.
    With --json the log is lines of JSON.
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
