"""`clownet-cli serve`: starts the relay in this process, the one command that loads it."""

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.caller import Caller, command
from protocol.errors import InvalidRequest

if TYPE_CHECKING:
    from app.settings import Settings

# The relay's settings and what they are for. The relay is not imported to draw up the options, because that
# takes longer than most commands run; a test compares this table with its settings.
OPTIONS = {
    "host": "Address to listen on.",
    "port": "Port to listen on; 0 takes a free one.",
    "store": "Where all is kept: memory, json:PATH, sqlite:PATH or postgresql://….",
    "data_dir": "Folder for what lasts.",
    "log_level": "debug, info, warning or error.",
    "allowed_origins": "Browser origins beside the relay's own (JSON list).",
    "allowed_hosts": "Host names beside localhost under which the relay is reached (JSON list).",
    "trusted_proxies": "Networks of proxies whose X-Forwarded-For counts, as CIDR (JSON list).",
    "max_connections_per_address": "Socket links that one address may hold.",
    "max_connections_per_agent": "Connections that one agent may hold.",
    "max_unidentified": "Socket links in all that have not said yet who they are.",
    "keep_days": "Days for which messages are kept before they are pruned.",
    "rate_rest": "REST requests of one address, as in 100/second.",
    "keep_messages": "Newest messages that the memory store keeps per room.",
    "keep_bytes": "Bytes of message bodies that the memory store keeps per room.",
    "window": "Unacknowledged entries per room and connection.",
    "ack_timeout": "Seconds until an unacknowledged entry is sent again.",
    "send_buffer": "Bytes that may wait for one slow connection.",
    "heartbeat": "Seconds between two transport pings.",
    "transport": "direct or plain: plain leaves sockets to the libraries, at a higher price.",
    "idle_after": "Seconds without a word until an agent counts as idle.",
    "rate_chat": "Messages per second and agent.",
    "rate_chat_burst": "Messages at once, per agent.",
    "rate_events": "Other requests per second and agent.",
    "rate_events_burst": "Other requests at once, per agent.",
    "worker_risk": "Highest risk of a command that workers may give to others; -1: none.",
    "deny_commands": "Command lines that never run, with * and ? (JSON list).",
    "risky_commands": "Command lines that a master must approve, with * and ? (JSON list).",
    "task_queue_time": "Seconds that a task waits for its agent to come and take it.",
    "task_take_time": "Seconds in which an agent that is online must take a task.",
    "task_lease_time": "Seconds without a word until a running task's lease has run out.",
    "task_grace_time": "Seconds beyond its timeout until a running task is given up.",
    "task_approval_time": "Seconds in which a risky task must be approved.",
    "loop_limit": "Answers among agents in a room until a person must speak; 0: no limit.",
    "allow_joins": "Who may ask to be let in: ids with *, networks; empty: everybody (JSON list).",
    "block_joins": "Who may not ask to be let in: ids with *, networks (JSON list).",
}
# What must not stand in `ps`: these come from a file or from the environment.
SECRETS = {
    "master_token": "Token of the operator; generated and printed once when unset.",
    "secret_key": "Secret that v1 clients share, at least 16 characters; off when unset.",
}


def _with_options(function: Callable[..., None]) -> Callable[..., None]:
    first = next(iter(inspect.signature(function).parameters.values()))
    told = {name: f"{does} (env CLAWNET_{name.upper()})" for name, does in OPTIONS.items()}
    files = {
        f"{name}_file": f"File with: {does} (env CLAWNET_{name.upper()})" for name, does in SECRETS.items()
    }
    options = [_option(name, does) for name, does in (told | files).items()]
    function.__signature__ = inspect.Signature([first, *options])  # type: ignore[attr-defined]
    return function


def _option(name: str, does: str) -> inspect.Parameter:
    declared = typer.Option(f"--{name.replace('_', '-')}", help=does, show_default=False)
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[str | None, declared]
    )


@partial(command, shared={})
@_with_options
def serve(caller: Caller, **told: str | None) -> None:
    """Start a relay with its console; options come before the environment and `.env`.

    Example: clownet-cli serve --port 3000 --store sqlite:data/clawnet.db
    """
    del caller
    overrides: dict[str, Any] = {name: told[name] for name in OPTIONS if told[name] is not None}
    for name in SECRETS:
        if (path := told[f"{name}_file"]) is not None:
            overrides[name] = _secret(path, f"{name}_file")
    _start(overrides)


def _start(overrides: dict[str, Any]) -> None:
    from app.main import serve as run  # noqa: PLC0415 - slow to import, only needed here

    run(settings_of(overrides))


def settings_of(overrides: Mapping[str, Any]) -> "Settings":
    """Return the relay's settings, from options, the environment and `.env`.

    Raises:
        InvalidRequest: one of them is no good.
    """
    from pydantic import ValidationError  # noqa: PLC0415 - slow to import, only needed here

    from app.settings import Settings  # noqa: PLC0415
    from protocol.mistakes import refusal_of  # noqa: PLC0415

    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise refusal_of(error) from None


def _secret(path: str, field: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise InvalidRequest("the file can't be read", field=field) from None
