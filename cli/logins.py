"""`clownet-cli profiles`: the logins that are kept on this machine."""

from typing import Annotated

import typer

from cli import profiles
from cli.caller import Caller, command, listing
from cli.rendering import safe
from protocol.errors import NotFound

app = typer.Typer(
    help="List and forget the logins of this machine.\n\nExample: clownet-cli profiles",
    invoke_without_command=True,
)

COLUMNS = ("name", "url", "agent_id")


@listing(app)
def list_profiles(caller: Caller) -> None:
    """List the logins, without their tokens.

    Example: clownet-cli profiles list
    """
    kept = [(name, profiles.load(name)) for name in profiles.names()]
    rows = [{"name": name, "url": each.url, "agent_id": each.agent_id} for name, each in kept if each]
    caller.output.table(COLUMNS, rows)


@app.command("forget")
@command
def forget(caller: Caller, name: Annotated[str, typer.Argument(help="Name of the login.")]) -> None:
    """Forget a login; its token goes on working until it is revoked.

    Example: clownet-cli profiles forget work
    """
    if not profiles.forget(name):
        raise NotFound(f"there is no profile {name}", field="name")
    caller.output.result({"forgotten": name}, f"{safe(name)} is forgotten")
