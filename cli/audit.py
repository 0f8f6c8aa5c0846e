"""`clownet-cli audit`: read, verify and export the audit trail."""

from typing import Annotated

import typer

from cli.caller import Caller, command
from protocol.errors import Conflict

app = typer.Typer(
    help="Read, verify and export the audit trail (masters, wardens).\n\nExample: clownet-cli audit list",
    no_args_is_help=True,
)

END = 2**53  # behind every record
COLUMNS = ("seq", "ts", "actor", "via", "action", "target", "result", "address")


@app.command("list")
@command
def list_records(
    caller: Caller,
    after: Annotated[
        int | None, typer.Option(min=0, help="Begin after this number, not with the newest.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="How many at most.")] = 100,
) -> None:
    """List the newest records, or those after a number; oldest first.

    Example: clownet-cli audit list --after 100
    """
    with caller.relay() as relay:
        before = END if after is None else None
        caller.output.table(COLUMNS, relay.get("audit", after=after, before=before, limit=limit)["items"])


@app.command("verify")
@command
def verify(caller: Caller) -> None:
    """Check the whole chain of hashes; exit code 6 when it is broken.

    Example: clownet-cli audit verify
    """
    with caller.relay() as relay:
        verdict = relay.get("audit/verify")
    caller.output.result(verdict, f"the chain holds up to #{verdict['head']}" if verdict["ok"] else "")
    if not verdict["ok"]:
        broken = verdict["broken"]
        raise Conflict(f"the chain breaks at #{broken['seq']}: {broken['why']}")


@app.command("export")
@command
def export(
    caller: Caller, after: Annotated[int, typer.Option(help="Only records after this number.")] = 0
) -> None:
    """Print all records as JSON lines; the export itself is recorded.

    Example: clownet-cli audit export > audit.ndjson
    """
    with caller.relay() as relay:
        for line in relay.lines("audit/export", after=after):
            caller.output.line(line)
