"""`clownet-cli handles`: who is called what, now and before."""

from typing import Annotated

import typer

from cli.agents import change_handle
from cli.caller import Caller, command, listing

app = typer.Typer(
    help="List handles, and give another one.\n\nExample: clownet-cli handles", invoke_without_command=True
)

COLUMNS = ("handle", "id", "status")
PERIODS = ("handle", "taken_at", "released_at")


@listing(app)
def list_handles(caller: Caller) -> None:
    """List who bears which handle.

    Example: clownet-cli handles list
    """
    with caller.relay() as relay:
        caller.output.table(COLUMNS, relay.items("agents"))


@app.command("history")
@command
def history(
    caller: Caller, agent_id: Annotated[str, typer.Argument(metavar="ID", help="Whose handles.")]
) -> None:
    """List the handles that an agent has borne, oldest first.

    Example: clownet-cli handles history operator
    """
    with caller.relay() as relay:
        caller.output.table(PERIODS, relay.items(relay.path("agents", agent_id, "handles")))


@app.command("set")
@command
def set_handle(
    caller: Caller,
    agent_id: Annotated[str, typer.Argument(metavar="ID", help="Whose handle.")],
    handle: Annotated[str, typer.Argument(help="The new handle.")],
) -> None:
    """Give an agent another handle; exit code 7 when it is taken.

    Example: clownet-cli handles set scout pathfinder
    """
    change_handle(caller, agent_id, handle)
