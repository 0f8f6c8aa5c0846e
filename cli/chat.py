"""`clownet-cli chat`: say something, read back, listen."""

import secrets
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.caller import Caller, command
from cli.messages import line_of
from cli.rendering import safe
from protocol.addressing import GLOBAL, ToType, address_of, parties_of
from protocol.errors import InvalidRequest

if TYPE_CHECKING:
    from cli.relay import Relay

app = typer.Typer(help="Say something, read back, listen.", invoke_without_command=True)

RoomOption = Annotated[
    str | None, typer.Option("--room", help="global, a room's name, or a direct message's room id.")
]


@app.callback()
@command
def send(
    caller: Caller,
    room: RoomOption = None,
    dm: Annotated[str | None, typer.Option("--dm", help="@handle or id to talk to alone.")] = None,
    msg: Annotated[str | None, typer.Option("--msg", help="What to say; - reads standard input.")] = None,
    message_id: Annotated[
        str | None, typer.Option("--id", help="Id to send under; the same id is stored once.")
    ] = None,
) -> None:
    """Say something: clownet-cli chat --room=global --msg=ping."""
    if caller.has_subcommand:
        return
    if msg is None:
        raise InvalidRequest("say something with --msg, or name a subcommand", field="msg")
    if room is not None and dm is not None:
        raise InvalidRequest("--room or --dm, not both", field="dm")
    text = sys.stdin.read() if msg == "-" else msg
    with caller.relay() as relay:
        to_type, to_id = _direct(dm) if dm is not None else _address(relay, room or GLOBAL)
        # The id is made once, here: however often it is sent, it is stored once.
        draft = {"id": message_id or secrets.token_hex(16), "to_type": to_type, "to_id": to_id, "text": text}
        sent = relay.send(draft)
    caller.output.result(sent, _receipt(sent))


@app.command("history")
@command
def history(  # noqa: PLR0917 - Typer's options are never positional
    caller: Caller,
    room: Annotated[str, typer.Argument(help="Room to read.")] = GLOBAL,
    limit: Annotated[int, typer.Option(min=1, max=200, help="Most messages to show.")] = 50,
    before: Annotated[int | None, typer.Option(min=0, help="Only what stands before this offset.")] = None,
    after: Annotated[int | None, typer.Option(min=0, help="Only what stands after this offset.")] = None,
    around: Annotated[int | None, typer.Option(min=0, help="What stands around this offset.")] = None,
) -> None:
    """Read back, oldest first."""
    with caller.relay() as relay:
        page = relay.get(
            relay.path_of(room, "history"), limit=limit, before=before, after=after, around=around
        )
    caller.output.result(page, lambda: "\n".join(line_of(item) for item in page["items"]) or "(nothing)")


@app.command("tail")
@command
def tail(
    caller: Caller,
    room: RoomOption = None,
    since: Annotated[
        int | None,
        typer.Option(min=0, help="Begin with what stands after this offset of --room (global if unset)."),
    ] = None,
    count: Annotated[int | None, typer.Option(min=1, help="Stop after so many messages.")] = None,
    within: Annotated[
        float, typer.Option(min=0.1, help="Seconds for the first connect; lost ones are tried for ever.")
    ] = 5.0,
) -> None:
    """Listen, from what was missed on, until interrupted."""
    from cli.listening import Listening  # noqa: PLC0415 - the SDK is slow to import

    listening = Listening(caller.access(), caller.output, room=room, since=since, count=count)
    listening.run(within)


def _direct(peer: str) -> tuple[ToType, str]:
    return "dm", peer


def _address(relay: "Relay", room: str) -> tuple[ToType, str]:
    if room.startswith("@"):
        return _direct(room)
    if not room.startswith("dm:"):
        return ("global" if room == GLOBAL else "room"), room
    me = relay.get("agents/me")["agent"]["id"]
    if me not in parties_of(room):
        raise InvalidRequest("this direct message is between others", field="room")
    return address_of(room, me)


def _receipt(sent: Mapping[str, Any]) -> str:
    if sent.get("notice"):
        return safe(sent["notice"], lines=True)
    again = " before" if sent.get("duplicate") else ""
    absent = ", ".join(sent.get("unreachable", []))
    away = f"; not there now, gets it later: {safe(absent)}" if absent else ""
    tasks = "".join(f"\ntask {safe(task_id)}" for task_id in sent.get("task_ids", []))
    unknown = "".join(f"\nnobody here is {safe(name)}" for name in sent.get("unknown", []))
    where = f"in {safe(sent['room'])} at #{sent['offset']} (id {safe(sent['id'])})"
    return f"stored{again} {where}{away}{tasks}{unknown}"
