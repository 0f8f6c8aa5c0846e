"""Says something once, whatever happens on the way: behind `chat` and `dm send`."""

import secrets
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.caller import Caller
from cli.rendering import safe
from protocol.addressing import GLOBAL, ToType, address_of, parties_of
from protocol.errors import InvalidRequest

if TYPE_CHECKING:
    from cli.relay import Relay

IdOption = Annotated[str | None, typer.Option("--id", help="Id to send under; the same id is stored once.")]


def say(
    caller: Caller, *, peer: str | None = None, room: str = GLOBAL, msg: str, message_id: str | None
) -> None:
    """Send a text to a room, or to one agent, and print the receipt.

    Raises:
        ClawNetError: the relay refused, or could not be reached.
    """
    text = sys.stdin.read() if msg == "-" else msg
    with caller.relay() as relay:
        to_type, to_id = _direct(peer) if peer is not None else address_for(relay, room)
        # The id is made once, here: however often it is sent, it is stored once.
        draft = {"id": message_id or secrets.token_hex(16), "to_type": to_type, "to_id": to_id, "text": text}
        sent = relay.send(draft)
    caller.output.result(sent, receipt(sent))


def _direct(peer: str) -> tuple[ToType, str]:
    return "dm", peer


def address_for(relay: "Relay", room: str) -> tuple[ToType, str]:
    """Return `(to_type, to_id)` of `global`, a room's name, `@handle`, or a DM's room id.

    Raises:
        InvalidRequest: a direct message between others.
    """
    if room.startswith("@"):
        return _direct(room)
    if not room.startswith("dm:"):
        return ("global" if room == GLOBAL else "room"), room
    me = relay.get("agents/me")["agent"]["id"]
    if me not in parties_of(room):
        raise InvalidRequest("this direct message is between others", field="room")
    return address_of(room, me)


def receipt(sent: Mapping[str, Any]) -> str:
    """Return in words what became of a message."""
    if sent.get("notice"):
        return safe(sent["notice"], lines=True)
    again = " before" if sent.get("duplicate") else ""
    absent = ", ".join(sent.get("unreachable", []))
    away = f"; not there now, gets it later: {safe(absent)}" if absent else ""
    tasks = "".join(f"\ntask {safe(task_id)}" for task_id in sent.get("task_ids", []))
    unknown = "".join(f"\nnobody here is {safe(name)}" for name in sent.get("unknown", []))
    where = f"in {safe(sent['room'])} at #{sent['offset']} (id {safe(sent['id'])})"
    return f"stored{again} {where}{away}{tasks}{unknown}"
