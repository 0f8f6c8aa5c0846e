"""`clownet-cli`: the commands, put together."""

from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from cli import (
    agents,
    audit,
    chat,
    commands,
    dms,
    handles,
    logins,
    persistence,
    rooms,
    settings,
    tasks,
    tokens,
)
from cli.agent import command as agent
from cli.caller import Caller, command
from cli.completion import PROGRAM, completion, prepare
from cli.doctor import doctor
from cli.exits import epilog
from cli.login import login
from cli.logs import logs
from cli.mcp.command import mcp
from cli.moving import backup, export, restore, take_in
from cli.serving import serve
from cli.watching import presence

app = typer.Typer(
    name=PROGRAM,
    help="Talk to a ClawNet relay, or start one.\n\nExample: clownet-cli serve",
    epilog=epilog(),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _told_version(*, asked: bool) -> None:
    if asked:
        typer.echo(_version())
        raise typer.Exit


@app.callback()
@command
def root(
    caller: Caller,
    show: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_told_version, help="Show the version.")
    ] = False,
) -> None:
    """Talk to a ClawNet relay, or start one."""
    del caller, show


@command
def show_version(caller: Caller) -> None:
    """Show the version of this program.

    Example: clownet-cli version
    """
    number = _version()
    caller.output.result({"version": number}, number)


def _version() -> str:
    try:
        return version("clawnet")
    except PackageNotFoundError:
        return "unknown (not installed)"


SINGLE = {
    "serve": serve,
    "login": login,
    "presence": presence,
    "logs": logs,
    "backup": backup,
    "restore": restore,
    "export": export,
    "import": take_in,
    "doctor": doctor,
    "completion": completion,
    "mcp": mcp,
    "version": show_version,
}
GROUPS = {
    "profiles": logins.app,
    "chat": chat.app,
    "rooms": rooms.app,
    "dm": dms.app,
    "agents": agents.app,
    "handles": handles.app,
    "agent": agent.app,
    "tokens": tokens.app,
    "audit": audit.app,
    "settings": settings.app,
    "persistence": persistence.app,
    "tasks": tasks.app,
    "commands": commands.app,
}

for name, function in SINGLE.items():
    app.command(name, epilog=epilog())(function)
for name, group in GROUPS.items():
    for each in group.registered_commands:
        each.epilog = epilog()
    app.add_typer(group, name=name, epilog=epilog())


def main() -> None:
    """Run the command line."""
    prepare()
    app(prog_name=PROGRAM)


if __name__ == "__main__":
    main()
