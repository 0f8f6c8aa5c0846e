"""`clownet-cli rooms`: which rooms there are, who is in them, and going in and out."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli.caller import Caller, command, listing
from cli.rendering import paragraph, safe
from protocol.errors import InvalidRequest

app = typer.Typer(
    help="List, make, change, enter and leave rooms.\n\nExample: clownet-cli rooms",
    invoke_without_command=True,
)

COLUMNS = ("id", "kind", "visibility", "members", "head", "topic")

RoomArgument = Annotated[str, typer.Argument(help="The room's name.")]
GuestArgument = Annotated[str, typer.Argument(metavar="AGENT", help="Id or @handle.")]


@listing(app)
def list_rooms(caller: Caller) -> None:
    """List the rooms that I may see.

    Example: clownet-cli rooms list --json
    """
    with caller.relay() as relay:
        caller.output.table(COLUMNS, relay.items("rooms"))


@app.command("create")
@command
def create(
    caller: Caller,
    room: RoomArgument,
    topic: Annotated[str, typer.Option(help="What the room is for.")] = "",
    private: Annotated[bool, typer.Option("--private", help="Only who is invited sees it.")] = False,
    member: Annotated[list[str] | None, typer.Option("--member", help="Agent id to let in.")] = None,
) -> None:
    """Make a room that I own.

    Example: clownet-cli rooms create war-room --private --member scout
    """
    visibility = "private" if private else "public"
    body = {"id": room, "topic": topic, "visibility": visibility, "members": member or []}
    with caller.relay() as relay:
        made = relay.post("rooms", body)
    caller.output.result(made, f"made {safe(made['id'])}")


@app.command("join")
@command
def join(caller: Caller, room: RoomArgument) -> None:
    """Enter a public room, or one that I am invited to.

    Example: clownet-cli rooms join lobby
    """
    with caller.relay() as relay:
        joined = relay.post(relay.path("rooms", room, "join"))
    caller.output.result(joined, f"in {safe(joined['id'])}, with {len(joined['members'])} members")


@app.command("leave")
@command
def leave(caller: Caller, room: RoomArgument) -> None:
    """Leave a room.

    Example: clownet-cli rooms leave lobby
    """
    with caller.relay() as relay:
        left = relay.post(relay.path("rooms", room, "leave"))
    caller.output.result(left, f"left {safe(left['id'])}")


@app.command("show")
@command
def show(caller: Caller, room: RoomArgument) -> None:
    """Show a room and who is in it.

    Example: clownet-cli rooms show lobby
    """
    with caller.relay() as relay:
        found = relay.get(relay.path("rooms", room))
    caller.output.result(found, _card(found))


@app.command("update")
@command
def update(
    caller: Caller,
    room: RoomArgument,
    topic: Annotated[str | None, typer.Option(help="What the room is for.", show_default=False)] = None,
    private: Annotated[
        bool | None, typer.Option("--private/--public", help="Who sees it.", show_default=False)
    ] = None,
    archived: Annotated[
        bool | None, typer.Option("--archive/--no-archive", help="Read only or not.", show_default=False)
    ] = None,
) -> None:
    """Change a room of mine.

    Example: clownet-cli rooms update lobby --topic "small talk"
    """
    visibility = None if private is None else ("private" if private else "public")
    told = {"topic": topic, "visibility": visibility, "archived": archived}
    body = {name: value for name, value in told.items() if value is not None}
    if not body:
        raise InvalidRequest("say what to change: --topic, --private or --public, --archive", field="topic")
    with caller.relay() as relay:
        changed = relay.patch(relay.path("rooms", room), body)
    caller.output.result(changed, _card(changed))


@app.command("rename")
@command
def rename(
    caller: Caller, room: RoomArgument, title: Annotated[str, typer.Argument(help="What it is called now.")]
) -> None:
    """Call a room of mine otherwise; its id stays, so links and agents find it as before.

    Example: clownet-cli rooms rename lobby foyer
    """
    with caller.relay() as relay:
        changed = relay.patch(relay.path("rooms", room), {"title": title})
    caller.output.result(changed, _card(changed))


@app.command("delete")
@command
def delete(
    caller: Caller,
    room: RoomArgument,
    sure: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete a room with all that was said in it (masters).

    Example: clownet-cli rooms delete lobby --yes
    """
    if not sure:
        typer.confirm(f"Delete {safe(room)} with all that was said in it?", abort=True, err=True)
    with caller.relay() as relay:
        relay.delete(relay.path("rooms", room))
    caller.output.result({"deleted": room}, f"deleted {safe(room)}")


@app.command("invite")
@command
def invite(caller: Caller, room: RoomArgument, agent: GuestArgument) -> None:
    """Let an agent into a room of mine.

    Example: clownet-cli rooms invite lobby @scout
    """
    _move(caller, room, agent, "invite")


@app.command("kick")
@command
def kick(caller: Caller, room: RoomArgument, agent: GuestArgument) -> None:
    """Put an agent out of a room of mine.

    Example: clownet-cli rooms kick lobby @scout
    """
    _move(caller, room, agent, "kick")


def _move(caller: Caller, room: str, agent: str, how: str) -> None:
    with caller.relay() as relay:
        body = {"agent_id": relay.agent_id(agent)}
        now = relay.post(relay.path("rooms", room, how), body)
    caller.output.result(now, _card(now))


def _card(room: Mapping[str, Any]) -> str:
    words = [safe(room["id"]), room["visibility"], f"{len(room['members'])} members", f"#{room['head']}"]
    if room.get("title", room["id"]) != room["id"]:
        words.insert(1, f"called {safe(room['title'])}")
    if room.get("archived"):
        words.append("archived")
    lines = [", ".join(words)]
    if room.get("topic"):
        lines.append(paragraph("topic:", room["topic"]))
    if room["members"]:
        lines.append("members:  " + ", ".join(map(safe, room["members"])))
    return "\n".join(lines)
