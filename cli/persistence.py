"""`clownet-cli persistence`: which store the relay uses, and moving to another one."""

from typing import Annotated

import typer

from cli.caller import Caller, command
from cli.rendering import safe
from protocol.errors import InvalidRequest

app = typer.Typer(
    help="Show and change where everything is kept (masters, wardens).\n\n"
    "Example: clownet-cli persistence show",
    no_args_is_help=True,
)

UrlOption = Annotated[
    str | None,
    typer.Option(
        "--to",
        help="json:PATH, sqlite:PATH or postgresql://… ; one with a password belongs into CLAWNET_NEW_STORE.",
        envvar="CLAWNET_NEW_STORE",
    ),
]


@app.command("show")
@command
def show(caller: Caller) -> None:
    """Show the store of the day.

    Example: clownet-cli persistence show
    """
    with caller.relay() as relay:
        state = relay.get("persistence")
    words = "takes writes" if state["writable"] else "is away"
    caller.output.result(state, f"{safe(state['address'])} ({state['durability']}), {words}")


@app.command("set")
@command
def switch(caller: Caller, to: UrlOption = None) -> None:
    """Carry everything over to another store and go on with it; offsets stay.

    Example: clownet-cli persistence set --to sqlite:data/clawnet.db
    """
    _put(caller, to, test=False)


@app.command("test")
@command
def try_out(caller: Caller, to: UrlOption = None) -> None:
    """Try another store without using it.

    Example: clownet-cli persistence test --to sqlite:data/clawnet.db
    """
    _put(caller, to, test=True)


def _put(caller: Caller, to: str | None, *, test: bool) -> None:
    if not to:
        raise InvalidRequest("say where to with --to or CLAWNET_NEW_STORE", field="to")
    with caller.relay() as relay:
        state = relay.put("persistence", {"url": to, "test": test})
    said = "can be opened" if test else f"now keeps everything: {safe(state['address'])}"
    caller.output.result(state, f"the store {said}")
