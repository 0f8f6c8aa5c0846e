"""`clownet-cli presence`: who is there, once or as it changes."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Annotated, Any

import typer

from cli.caller import Caller, command
from cli.rendering import Output
from protocol.errors import RateLimited, Unavailable

COLUMNS = ("handle", "agent_id", "role", "status", "since", "note")
EVERY = 1.0  # seconds between two looks; looking over REST does not make the one who looks present

Row = dict[str, Any]


@command
def presence(
    caller: Caller, watch: Annotated[bool, typer.Option("--watch", "-w", help="Show what changes.")] = False
) -> None:
    """Show who is there; with --watch each change as well, until interrupted.

    Example: clownet-cli presence --watch
    """
    with caller.relay() as relay:
        if not watch:
            caller.output.table(COLUMNS, relay.items("presence"))
            return
        with suppress(KeyboardInterrupt):
            follow(caller.output, COLUMNS, lambda: relay.items("presence"))


def follow(
    output: Output,
    columns: Sequence[str],
    look: Callable[[], list[Row]],
    *,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Print rows, and later those that are new or changed, until somebody stops it."""
    known: dict[str, Row] = {}
    while True:
        try:
            rows = {row["agent_id"]: row for row in look()}
        except (Unavailable, RateLimited) as error:
            output.note(f"# {error}; trying again")
        else:
            output.rows(columns, [row for key, row in rows.items() if known.get(key) != row])
            known = rows
        pause(EVERY)
