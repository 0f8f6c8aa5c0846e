"""`clownet-cli backup`, `restore`, `export` and `import`: what the relay holds, out and in."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from cli.caller import Caller, command
from cli.progress import Advance, progress
from protocol.errors import InvalidRequest

if TYPE_CHECKING:
    from cli.relay import Relay

BATCH = 150_000  # bytes in one request, well below the limit of a body
MANY = 500  # messages in one request

FileArgument = Annotated[Path, typer.Argument(dir_okay=False, help="The file.")]


@command
def backup(caller: Caller, file: FileArgument) -> None:
    """Write everything that the relay holds into a file, while it goes on (masters).

    Example: clownet-cli backup clawnet.ndjson
    """
    temporary = file.with_name(f"{file.name}.part")
    count = 0
    with (
        caller.relay() as relay,
        _private(temporary) as opened,
        progress("backing up") as advance,
    ):
        for line in relay.lines("backup"):
            opened.write(line.encode() + b"\n")
            count += 1
            advance(1)
        opened.flush()
        os.fsync(opened.fileno())
    # The name appears only when the whole is there.
    temporary.replace(file)
    caller.output.result({"file": str(file), "records": count - 1}, f"{count - 1} records in {file}")


@command
def restore(
    caller: Caller,
    file: FileArgument,
    to: Annotated[
        str, typer.Option("--to", envvar="CLAWNET_STORE", help="json:PATH, sqlite:PATH or postgresql://…")
    ],
) -> None:
    """Carry a backup into an empty store; start a relay on it afterwards. The epoch is new.

    Example: clownet-cli restore clawnet.ndjson --to sqlite:data/clawnet.db
    """
    from app.restoring import restore as carry  # noqa: PLC0415 - the relay's own code, slow to import

    if not file.is_file():
        raise InvalidRequest(f"there is no file {file}", field="file")
    with progress("restoring", total=file.stat().st_size) as advance:
        manifest = carry(file, to, advance)
    caller.output.result({"records": manifest.records}, f"{manifest.records} records restored")


@command
def export(
    caller: Caller,
    room: Annotated[str | None, typer.Option(help="Only this room; all that I may see if unset.")] = None,
) -> None:
    """Print messages as JSON lines, oldest first, room by room.

    Example: clownet-cli export --room global > global.ndjson
    """
    with caller.relay() as relay:
        rooms = [room] if room else [each["id"] for each in relay.items("rooms")]
        heads = {each: relay.head(each) for each in rooms}
        with progress("exporting", total=sum(heads.values())) as advance:
            for each in rooms:
                _export(caller, relay, each, advance)


def _export(caller: Caller, relay: "Relay", room: str, advance: Advance) -> None:
    after, more = 0, True
    while more:
        page = relay.get(relay.path("rooms", room, "history"), after=after, limit=200)
        for message in page["items"]:
            caller.output.line(json.dumps(message, ensure_ascii=True))
        more = bool(page["items"]) and page["more"]
        before, after = after, page["items"][-1]["offset"] if page["items"] else after
        advance(after - before)


@command
def take_in(caller: Caller, file: FileArgument) -> None:
    """Take in the state file of the predecessor (v3.x); doing it again does nothing (masters).

    Example: clownet-cli import state.json
    """
    messages = _old_messages(file)
    batches = _batches(messages)
    stored = repeated = 0
    with caller.relay() as relay, progress("importing", total=len(messages)) as advance:
        for batch in batches:
            done = relay.post("import", {"messages": batch})
            stored, repeated = stored + done["stored"], repeated + done["repeated"]
            advance(len(batch))
    told = {"stored": stored, "repeated": repeated}
    caller.output.result(told, f"{stored} messages stored, {repeated} had been before")


def _old_messages(file: Path) -> list[dict[str, Any]]:
    try:
        state = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidRequest(f"{file} can't be read: {error.strerror}", field="file") from None
    except ValueError as error:
        raise InvalidRequest(f"{file} is not JSON: {error}", field="file") from None
    messages = state.get("messages") if isinstance(state, dict) else None
    if not isinstance(messages, list):
        raise InvalidRequest(f"{file} is no state file: it has no list of messages", field="file")
    return [_old(each) for each in messages]


def _batches(messages: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    batches: list[list[dict[str, Any]]] = [[]]
    size = 0
    for message in messages:
        size += len(json.dumps(message).encode())
        if batches[-1] and (size > BATCH or len(batches[-1]) >= MANY):
            batches.append([])
            size = len(json.dumps(message).encode())
        batches[-1].append(message)
    return batches


def _old(message: dict[str, Any]) -> dict[str, Any]:
    try:
        return {
            "from": message["from"],
            "to": message.get("to") or "all",
            "msg": message["msg"],
            "ts": message["ts"],
        }
    except (KeyError, TypeError, AttributeError):
        raise InvalidRequest("a message lacks from, msg or ts", field="messages") from None


def _private(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
