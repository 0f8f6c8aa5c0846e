"""`clownet-cli commands`: what can be typed after a slash, and saved lines."""

from typing import Annotated

import typer

from cli.caller import Caller, command, listing
from cli.rendering import safe

app = typer.Typer(
    help="List slash commands, and keep lines of your own.\n\nExample: clownet-cli commands",
    invoke_without_command=True,
)

COLUMNS = ("name", "risk", "category", "runs_at", "help")


@listing(app)
def list_commands(caller: Caller) -> None:
    """List the slash commands that I may use.

    Example: clownet-cli commands list
    """
    with caller.relay() as relay:
        caller.output.table(COLUMNS, relay.items("commands"))


@app.command("save")
@command
def save(
    caller: Caller,
    name: Annotated[str, typer.Argument(help="What will be typed after the slash.")],
    line: Annotated[str, typer.Argument(help="What it stands for, as in '/status @all'.")],
) -> None:
    """Keep a command line under a name (masters).

    Example: clownet-cli commands save morning '/status @all'
    """
    with caller.relay() as relay:
        relay.put(relay.path("commands", name), {"line": line})
    caller.output.result({"name": name, "line": line}, f"saved as /{safe(name)}")


@app.command("forget")
@command
def forget(caller: Caller, name: Annotated[str, typer.Argument(help="Name of the saved line.")]) -> None:
    """Forget a saved line (masters).

    Example: clownet-cli commands forget morning
    """
    with caller.relay() as relay:
        relay.delete(relay.path("commands", name))
    caller.output.result({"forgotten": name}, f"/{safe(name)} is forgotten")
