"""`clownet-cli logs`: what the relay has logged of late."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Annotated, Any

import typer

from cli.caller import Caller, command
from cli.rendering import Output, safe
from protocol.errors import RateLimited, Unavailable

COLUMNS = ("ts", "level", "source", "event")
PAGE = 1000
EVERY = 1.0  # seconds between two looks

Record = dict[str, Any]


@command
def logs(
    caller: Caller,
    search: Annotated[str, typer.Option(help="Only lines that hold this, in any case.")] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=PAGE, help="How many at most.")] = 100,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is logged next.")] = False,
) -> None:
    """Show the relay's newest log lines, oldest first (masters, wardens).

    Example: clownet-cli logs -f --search task
    """
    with caller.relay() as relay:
        records = relay.get("logs", limit=limit, search=search)["items"]
        if not follow:
            caller.output.table(COLUMNS, records)
            return
        for record in records:
            caller.output.result(record, line_of(record))
        with suppress(KeyboardInterrupt):
            go_on(caller.output, records, lambda: relay.get("logs", limit=PAGE, search=search)["items"])


def go_on(
    output: Output,
    known: list[Record],
    look: Callable[[], list[Record]],
    *,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Print what is logged after the `known` records, until somebody stops it."""
    while True:
        pause(EVERY)
        try:
            records = look()
        except (Unavailable, RateLimited) as error:
            output.note(f"# {error}; trying again")
            continue
        for record in after(known, records):
            output.result(record, line_of(record))
        known = records


def after(known: list[Record], records: list[Record]) -> list[Record]:
    """Return the records that stand behind the last known one; all if it is not among them any more."""
    for place in range(len(records), 0, -1):
        overlap = min(place, len(known))
        if overlap and records[place - overlap : place] == known[-overlap:]:
            return records[place:]
    return records


def line_of(record: Mapping[str, Any]) -> str:
    """Return time, level, source and event of a record."""
    return "  ".join(safe(record.get(column, "")) for column in COLUMNS)
