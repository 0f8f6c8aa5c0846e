"""`clownet-cli`: the commands, put together."""

from importlib.metadata import PackageNotFoundError, version

import typer

from cli import agents, audit, chat, commands, persistence, rooms, tasks, tokens
from cli.agent import command as agent
from cli.agents import presence
from cli.caller import Caller, command
from cli.exits import epilog
from cli.login import login
from cli.moving import backup, export, restore, take_in
from cli.serving import serve

app = typer.Typer(
    name="clownet-cli",
    help="Talk to a ClawNet relay, or start one.",
    epilog=epilog(),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
@command
def root(caller: Caller) -> None:
    """Talk to a ClawNet relay, or start one."""
    del caller


@command
def show_version(caller: Caller) -> None:
    """Show the version of this program."""
    try:
        number = version("clawnet")
    except PackageNotFoundError:
        number = "unknown (not installed)"
    caller.output.result({"version": number}, number)


app.command("serve", epilog=epilog())(serve)
app.command("login", epilog=epilog())(login)
app.add_typer(chat.app, name="chat", epilog=epilog())
app.add_typer(rooms.app, name="rooms", epilog=epilog())
app.add_typer(agents.app, name="agents", epilog=epilog())
app.add_typer(agent.app, name="agent", epilog=epilog())
app.add_typer(tokens.app, name="tokens", epilog=epilog())
app.add_typer(audit.app, name="audit", epilog=epilog())
app.add_typer(persistence.app, name="persistence", epilog=epilog())
app.add_typer(tasks.app, name="tasks", epilog=epilog())
app.add_typer(commands.app, name="commands", epilog=epilog())
app.command("presence", epilog=epilog())(presence)
app.command("backup", epilog=epilog())(backup)
app.command("restore", epilog=epilog())(restore)
app.command("export", epilog=epilog())(export)
app.command("import", epilog=epilog())(take_in)
app.command("version")(show_version)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
