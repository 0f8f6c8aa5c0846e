"""`clownet-cli agents pause` and `resume`: the kill switch."""

from typing import Annotated

import typer

from cli.caller import Caller, command
from cli.rendering import safe

Who = Annotated[str, typer.Argument(metavar="WHO", help="Id, @handle, or @all for every worker.")]


@command
def pause(
    caller: Caller, who: Who, reason: Annotated[str, typer.Option(help="Why, for the record.")] = ""
) -> None:
    """Stop an agent at once, and ask for an end of its tasks (masters).

    Example: clownet-cli agents pause @all --reason "they talk in circles"
    """
    with caller.relay() as relay:
        stopped = relay.put(relay.path("paused", who), {"reason": reason})
    caller.output.result(stopped, "paused: " + (", ".join(map(safe, stopped["items"])) or "nobody"))


@command
def resume(caller: Caller, who: Who) -> None:
    """Let a paused agent act again (masters).

    Example: clownet-cli agents resume @all
    """
    with caller.relay() as relay:
        relay.delete(relay.path("paused", who))
    caller.output.result({"resumed": who}, f"{safe(who)} may work again")
