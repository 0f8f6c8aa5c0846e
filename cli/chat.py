"""`clownet-cli chat`: say something, read back, search, listen, and sit down in a room."""

from typing import Annotated

import typer

from cli.caller import Caller, command
from cli.messages import page_of, read
from cli.rendering import safe
from cli.sending import IdOption, say
from protocol.addressing import GLOBAL
from protocol.errors import InvalidRequest

app = typer.Typer(
    help="Say something, read back, listen.\n\nExample: clownet-cli chat --room=global --msg=ping",
    invoke_without_command=True,
)

RoomArgument = Annotated[str, typer.Argument(help="Room to read: global, a name, or a direct message's id.")]
RoomOption = Annotated[
    str | None, typer.Option("--room", help="global, a room's name, or a direct message's room id.")
]
LimitOption = Annotated[int, typer.Option(min=1, max=200, help="Most messages to show.")]
BeforeOption = Annotated[int | None, typer.Option(min=0, help="Only what stands before this offset.")]


@app.callback()
@command
def overview(
    caller: Caller,
    room: RoomOption = None,
    dm: Annotated[str | None, typer.Option("--dm", help="@handle or id to talk to alone.")] = None,
    msg: Annotated[str | None, typer.Option("--msg", help="What to say; - reads standard input.")] = None,
    message_id: IdOption = None,
) -> None:
    """Say something, if no subcommand is given."""
    if caller.has_subcommand:
        return
    if msg is None:
        raise InvalidRequest("say something with --msg, or name a subcommand", field="msg")
    if room is not None and dm is not None:
        raise InvalidRequest("--room or --dm, not both", field="dm")
    say(caller, peer=dm, room=room or GLOBAL, msg=msg, message_id=message_id)


@app.command("send")
@command
def send(
    caller: Caller,
    room: Annotated[str, typer.Argument(help="global, a room's name, or @handle.")],
    msg: Annotated[str, typer.Argument(help="What to say; - reads standard input.")],
    message_id: IdOption = None,
) -> None:
    """Say something in a room, or to one agent alone.

    Example: clownet-cli chat send global "the tide is in"
    """
    say(caller, room=room, msg=msg, message_id=message_id)


@app.command("history")
@command
def history(  # noqa: PLR0917 - Typer's options are never positional
    caller: Caller,
    room: RoomArgument = GLOBAL,
    limit: LimitOption = 50,
    before: BeforeOption = None,
    after: Annotated[int | None, typer.Option(min=0, help="Only what stands after this offset.")] = None,
    around: Annotated[int | None, typer.Option(min=0, help="What stands around this offset.")] = None,
) -> None:
    """Read back, oldest first.

    Example: clownet-cli chat history global --limit 20
    """
    read(caller, room, limit=limit, before=before, after=after, around=around)


@app.command("search")
@command
def search(
    caller: Caller,
    room: RoomArgument,
    words: Annotated[list[str], typer.Argument(help="Words that a message must hold, in any case.")],
    limit: LimitOption = 50,
    before: BeforeOption = None,
) -> None:
    """Find what was said in a room, newest first; one call looks at a part of a long history.

    Example: clownet-cli chat search global deploy failed
    """
    with caller.relay() as relay:
        path = relay.path("rooms", room, "search")
        page = relay.get(path, q=" ".join(words), limit=limit, before=before)
    caller.output.result(page, lambda: page_of(page["items"]))
    if page.get("next"):
        caller.output.note(f"# older messages were not looked at: --before {page['next']} goes on")


@app.command("delete")
@command
def delete(
    caller: Caller,
    room: RoomArgument,
    message_id: Annotated[str, typer.Argument(metavar="MESSAGE", help="Id of the message.")],
    reason: Annotated[str, typer.Option(help="What the tombstone says.")] = "deleted",
) -> None:
    """Take a message of mine out of sight (masters: any).

    Example: clownet-cli chat delete global msg-001 --reason "wrong room"
    """
    with caller.relay() as relay:
        gone = relay.delete(relay.path("rooms", room, "messages", message_id), reason=reason)
    caller.output.result(gone, f"deleted {safe(message_id)}, as #{gone['offset']} says")


@app.command("tail")
@command
def tail(  # noqa: PLR0917 - Typer's options are never positional
    caller: Caller,
    room: RoomOption = None,
    follow: Annotated[bool, typer.Option("--follow/--no-follow", "-f", help="Go on listening.")] = True,
    lines: Annotated[
        int, typer.Option("--lines", "-n", min=0, max=200, help="Begin with the newest of --room.")
    ] = 0,
    since: Annotated[
        int | None,
        typer.Option(min=0, help="Begin with what stands after this offset of --room (global if unset)."),
    ] = None,
    count: Annotated[int | None, typer.Option(min=1, help="Stop after so many messages.")] = None,
    within: Annotated[
        float, typer.Option(min=0.1, help="Seconds for the first connect; lost ones are tried for ever.")
    ] = 5.0,
) -> None:
    """Listen, from what was missed on, until interrupted.

    Example: clownet-cli chat tail -f --room global -n 10
    """
    if not follow:
        read(caller, room or GLOBAL, limit=lines or 10)
        return
    if lines:
        with caller.relay() as relay:
            since = max(relay.head(room or GLOBAL) - lines, 0)
    from cli.listening import Listening  # noqa: PLC0415 - the SDK is slow to import

    listening = Listening(caller.access(), caller.output, room=room, since=since, count=count)
    listening.run(within)


@app.command("open")
@command
def sit_down(
    caller: Caller,
    room: Annotated[str, typer.Argument(help="global, a room's name, or @handle.")] = GLOBAL,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, max=200, help="Begin with the newest.")] = 20,
) -> None:
    """Sit down in a room: read along and type, with completion, until Ctrl-D.

    Example: clownet-cli chat open global
    """
    from cli.opening import Opening  # noqa: PLC0415 - the SDK and the line editor are slow to import

    Opening(caller, room, lines=lines).run()
