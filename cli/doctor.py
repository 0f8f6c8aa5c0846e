"""`clownet-cli doctor`: looks at settings, ports, store, clock, TLS and versions, and says what to do."""

from collections.abc import Iterator
from typing import Annotated, Literal

import typer

from cli import checkup
from cli.access import profile_name, url_of
from cli.caller import Caller, command
from cli.exits import BROKEN
from cli.findings import Finding, State
from cli.profiles import load
from cli.serving import settings_of
from protocol.errors import ClawNetError

COLUMNS = ("check", "state", "found", "advice")


@command
def doctor(
    caller: Caller,
    only: Annotated[
        Literal["settings", "relay"] | None,
        typer.Option(help="Only this machine's settings, or only the relay I talk to.", show_default=False),
    ] = None,
) -> None:
    """Check what a relay would start with here and the relay that I talk to; exit code 21 on faults.

    Nothing is changed: stores are opened for reading, and no message is sent.

    Example: clownet-cli doctor --only settings
    """
    findings: list[Finding] = []
    if only != "relay":
        findings += settings()
    if only != "settings":
        findings += relay(caller)
    caller.output.table(COLUMNS, [each.row() for each in findings])
    if any(each.state is State.FAULT for each in findings):
        raise typer.Exit(BROKEN)


def settings() -> Iterator[Finding]:
    """Check what `serve` would start with, from this folder and this environment."""
    yield checkup.python()
    try:
        found = settings_of({})
    except ClawNetError as error:
        where = f" ({error.field})" if error.field else ""
        yield Finding("settings", State.FAULT, f"{error.message}{where}", "correct the environment or .env")
        return
    yield Finding("settings", State.GOOD, "valid")
    yield checkup.port(found.host, found.port)
    yield checkup.folder(found.data_dir)
    yield checkup.store(found.store)
    yield from checkup.exposure(found.host, found.allowed_hosts, has_shared=found.secret_key is not None)


def relay(caller: Caller) -> Iterator[Finding]:
    """Check the relay that this login leads to."""
    from cli import visiting  # noqa: PLC0415 - httpx is slow to import, `--help` needs none

    try:
        url = url_of(caller.given, load(profile_name(caller.given)))
    except ClawNetError as error:
        yield Finding("login", State.FAULT, error.message, "log in again with `clownet-cli login`")
        return
    yield visiting.encryption(url)
    visit = visiting.Visit(url)
    yield visit.answer()
    if not visit.is_there:
        return
    yield from (visit.version(), visit.clock())
    try:
        access = caller.access()
    except ClawNetError as error:
        yield Finding("token", State.FAULT, error.message, "log in with `clownet-cli login`")
        return
    with caller.relay_at(access) as client:
        yield visiting.token(client)
    yield visiting.socket(access)
