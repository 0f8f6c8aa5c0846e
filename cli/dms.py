"""`clownet-cli dm`: direct messages, which nobody but the two can read."""

from typing import Annotated

import typer

from cli.caller import Caller, command, listing
from cli.messages import read
from cli.sending import IdOption, say
from protocol.addressing import dm_room

app = typer.Typer(help="Talk to one agent alone.\n\nExample: clownet-cli dm", invoke_without_command=True)

COLUMNS = ("handle", "agent_id", "room", "head")

PeerArgument = Annotated[str, typer.Argument(metavar="PEER", help="@handle or id of the other.")]


@listing(app)
def list_dms(caller: Caller) -> None:
    """List with whom I have spoken alone.

    Example: clownet-cli dm list
    """
    with caller.relay() as relay:
        dms = relay.items("dms")
    if not caller.output.as_json:
        dms = [each | {"room": each["room"]["id"], "head": each["room"]["head"]} for each in dms]
    caller.output.table(COLUMNS, dms)


@app.command("send")
@command
def send(
    caller: Caller,
    peer: PeerArgument,
    msg: Annotated[str, typer.Argument(help="What to say; - reads standard input.")],
    message_id: IdOption = None,
) -> None:
    """Say something to one agent alone.

    Example: clownet-cli dm send @echo hello
    """
    say(caller, peer=peer, msg=msg, message_id=message_id)


@app.command("history")
@command
def history(
    caller: Caller,
    peer: PeerArgument,
    limit: Annotated[int, typer.Option(min=1, max=200, help="Most messages to show.")] = 50,
) -> None:
    """Read back what the two of us have said, oldest first.

    Example: clownet-cli dm history @echo
    """
    with caller.relay() as relay:
        room = dm_room(relay.get("agents/me")["agent"]["id"], relay.agent_id(peer))
    read(caller, room, limit=limit)
