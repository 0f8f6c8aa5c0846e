"""`clownet-cli rooms`: which rooms there are, and going in and out."""

from typing import Annotated

import typer

from cli.caller import Caller, command
from cli.rendering import safe

app = typer.Typer(help="List, make, enter and leave rooms.", invoke_without_command=True)

COLUMNS = ("id", "kind", "visibility", "members", "head", "topic")

RoomArgument = Annotated[str, typer.Argument(help="The room's name.")]


@app.callback()
@command
def overview(caller: Caller) -> None:
    """List the rooms that I may see, if no subcommand is given."""
    if not caller.has_subcommand:
        _list(caller)


@app.command("list")
@command
def list_rooms(caller: Caller) -> None:
    """List the rooms that I may see."""
    _list(caller)


@app.command("create")
@command
def create(
    caller: Caller,
    room: RoomArgument,
    topic: Annotated[str, typer.Option(help="What the room is for.")] = "",
    private: Annotated[bool, typer.Option("--private", help="Only who is invited sees it.")] = False,
    member: Annotated[list[str] | None, typer.Option("--member", help="Agent id to let in.")] = None,
) -> None:
    """Make a room that I own."""
    visibility = "private" if private else "public"
    body = {"id": room, "topic": topic, "visibility": visibility, "members": member or []}
    with caller.relay() as relay:
        made = relay.post("rooms", body)
    caller.output.result(made, f"made {safe(made['id'])}")


@app.command("join")
@command
def join(caller: Caller, room: RoomArgument) -> None:
    """Enter a public room, or one that I am invited to."""
    with caller.relay() as relay:
        joined = relay.post(relay.path_of(room, "join"))
    caller.output.result(joined, f"in {safe(joined['id'])}, with {len(joined['members'])} members")


@app.command("leave")
@command
def leave(caller: Caller, room: RoomArgument) -> None:
    """Leave a room."""
    with caller.relay() as relay:
        left = relay.post(relay.path_of(room, "leave"))
    caller.output.result(left, f"left {safe(left['id'])}")


def _list(caller: Caller) -> None:
    with caller.relay() as relay:
        caller.output.table(COLUMNS, relay.items("rooms"))
