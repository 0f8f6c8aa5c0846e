"""How a sidecar is set up: which backends, with what, and where it keeps its journal."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cli.access import is_here
from cli.agent.allowing import AllowList, load
from cli.agent.backends import Backend
from cli.agent.gateway.backend import OpenClaw
from cli.agent.gateway.device import Device
from cli.agent.journal import Journal
from cli.agent.openclaw_cli import OpenClawCli, find_openclaw
from cli.agent.plain import Plain
from protocol.errors import InvalidRequest

DEFAULT_GATEWAY = "ws://127.0.0.1:18789"
DEVICE = "device.json"
_AGENT = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Options:
    """What somebody wants of a sidecar; `backend` is auto, gateway, cli or plain."""

    data_dir: Path
    backend: str = "auto"
    gateway_url: str | None = None
    gateway_token: str | None = None
    agent: str = "clawnet"
    allow: Path | None = None


def default_folder(profile: str) -> Path:
    """Return where the sidecar of a profile keeps its journal and its device."""
    from platformdirs import user_data_path  # noqa: PLC0415 - only needed without --data-dir

    return user_data_path("clawnet", appauthor=False) / "agent" / profile


def backends_of(options: Options, journal: Journal, changed: Callable[[], None]) -> list[Backend]:
    """Build the backends, the preferred one first.

    Raises:
        InvalidRequest: an option is no good, or what it needs is not there.
    """
    if _AGENT.fullmatch(options.agent) is None:
        raise InvalidRequest("this can't be the id of an agent of OpenClaw", field="openclaw_agent")
    allowed = load(options.allow) if options.allow is not None else AllowList()
    program = find_openclaw()
    chosen = _chosen(options, program)
    row: list[Backend] = []
    if chosen == "gateway":
        row.append(_gateway(options, journal, changed))
    if chosen == "cli" and program is None:
        raise InvalidRequest("there is no openclaw in the PATH", field="backend")
    if chosen != "plain" and program is not None:
        row.append(OpenClawCli(program, agent=options.agent, asks=chosen == "cli"))
    return [*row, Plain(allowed)]


def _chosen(options: Options, program: str | None) -> str:
    if options.backend != "auto":
        return options.backend
    is_paired = (options.data_dir / DEVICE).exists()
    is_told = options.gateway_url is not None or options.gateway_token is not None
    return "gateway" if is_told or is_paired or program is not None else "plain"


def _gateway(options: Options, journal: Journal, changed: Callable[[], None]) -> OpenClaw:
    url = options.gateway_url or DEFAULT_GATEWAY
    parts = urlsplit(url)
    if parts.scheme not in {"ws", "wss"} or not parts.hostname:
        raise InvalidRequest("a gateway's URL is like ws://127.0.0.1:18789", field="gateway_url")
    if parts.scheme == "ws" and not is_here(parts.hostname):
        raise InvalidRequest("beyond this machine a gateway needs wss://", field="gateway_url")
    device = Device(options.data_dir / DEVICE, url)
    return OpenClaw(url, device, options.gateway_token, agent=options.agent, journal=journal, changed=changed)
