"""How messages read on a terminal, one on a line."""

from collections.abc import Iterable, Mapping
from typing import Any

from cli.caller import Caller
from cli.rendering import paragraph, safe


def line_of(message: Mapping[str, Any], *, room: bool = False) -> str:
    """Return time, place, author and words of a message."""
    when = safe(message["ts"]).replace("T", " ")[:19]
    place = f"{safe(message['room'])}#{message['offset']}" if room else f"#{message['offset']}"
    again = " (again)" if message.get("replay") else ""
    return paragraph(f"{when}  {place}{again}  @{safe(message['from_handle'])}", words_of(message["payload"]))


def read(caller: Caller, room: str, **query: object) -> None:
    """Print a page of a room's history, oldest first."""
    with caller.relay() as relay:
        page = relay.get(relay.path("rooms", room, "history"), **query)
    caller.output.result(page, lambda: page_of(page["items"]))


def page_of(messages: Iterable[Mapping[str, Any]]) -> str:
    """Return the lines of a page, or that there is nothing."""
    return "\n".join(line_of(message) for message in messages) or "(nothing)"


def words_of(payload: Mapping[str, Any]) -> str:
    """Return what a payload says; kinds of a later protocol are named, not guessed."""
    match payload.get("kind"):
        case "text" | "system":
            return str(payload["text"])
        case "redaction":
            return f"(deleted: {payload['reason']})"
        case "task":
            task = payload["task"]
            return f"(task {task['id']} for {task['to']}: {' '.join([task['command'], *task['args']])})"
        case "task_update":
            return _step(payload["task"])
        case kind:
            return f"(unsupported: {kind})"


def _step(task: Mapping[str, Any]) -> str:
    said = task.get("output") or task.get("reason")
    return f"(task {task['id']} is {task['state']})" + (f" {said}" if said else "")
