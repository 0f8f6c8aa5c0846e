"""Looks at a relay from outside: does it answer, is it ours, and does it know us?"""

import asyncio
import socket as sockets
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from cli.access import Access
from cli.findings import Finding, State
from protocol.errors import ClawNetError

if TYPE_CHECKING:
    from cli.relay import Relay

WAIT = 5.0
SKEW = 2.0  # seconds; the relay orders by offsets, so a wrong clock only misleads people and tokens
SOON = 14  # days in which a certificate should be renewed


class Visit:
    """One look at a relay without a token."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._greeting: httpx.Response | None = None

    @property
    def is_there(self) -> bool:
        """Tell whether a relay has answered."""
        return self._greeting is not None

    def answer(self) -> Finding:
        """Check whether there is a relay, and whether it takes work."""
        try:
            greeting = httpx.get(f"{self._url}/", timeout=WAIT)
            ready = httpx.get(f"{self._url}/readyz", timeout=WAIT)
        except httpx.HTTPError as error:
            advice = "start it with `clownet-cli serve`, or correct --url"
            return Finding("relay", State.FAULT, f"{self._url}: {error}", advice)
        if not _status_of(greeting).startswith("ClawNet"):
            advice = "correct --url; behind a proxy / must lead to the relay"
            return Finding("relay", State.FAULT, f"{self._url} is no ClawNet relay", advice)
        self._greeting = greeting
        if not ready.is_success:
            return Finding("relay", State.FAULT, "it takes no work", "its log says why: `clownet-cli logs`")
        return Finding("relay", State.GOOD, f"{self._url} takes work")

    def version(self) -> Finding:
        """Check that relay and command line are of one version."""
        assert self._greeting is not None
        theirs = _status_of(self._greeting).removeprefix("ClawNet").strip()
        try:
            ours = version("clawnet")
        except PackageNotFoundError:
            return Finding(
                "version", State.DOUBT, f"relay {theirs}, this program unknown", "install the wheel"
            )
        if theirs != ours:
            return Finding(
                "version", State.DOUBT, f"relay {theirs}, this program {ours}", "upgrade the older one"
            )
        return Finding("version", State.GOOD, ours)

    def clock(self) -> Finding:
        """Check that the two machines agree on the time."""
        assert self._greeting is not None
        told = self._greeting.headers.get("Date")
        if told is None:
            return Finding("clock", State.DOUBT, "the relay does not tell its time", "ask who runs the proxy")
        here = datetime.now(UTC)  # noqa: TID251 - this machine's own clock is what is looked at
        skew = abs((parsedate_to_datetime(told) - here).total_seconds())
        # The header has whole seconds.
        if skew > SKEW + 1:
            return Finding("clock", State.DOUBT, f"{skew:.0f} s apart", "let both machines use NTP")
        return Finding("clock", State.GOOD, "agrees")


def encryption(url: str) -> Finding:
    """Check whether others can read along, and how long the certificate lasts."""
    access = Access(url, "")
    if not url.startswith("https:"):
        if access.is_exposed:
            advice = "put TLS before the relay: docs/operator-guide.md"
            return Finding("tls", State.FAULT, "tokens travel readable for others", advice)
        return Finding("tls", State.GOOD, "not needed on this machine")
    parts = urlsplit(url)
    try:
        days = _days_left(parts.hostname or "", parts.port or 443)
    except OSError as error:
        return Finding("tls", State.FAULT, str(error), "renew the certificate, or correct --url")
    if days < SOON:
        return Finding("tls", State.DOUBT, f"the certificate ends in {days} days", "renew it")
    return Finding("tls", State.GOOD, f"the certificate holds for {days} days")


def token(relay: "Relay") -> Finding:
    """Check whose token it is."""
    try:
        agent = relay.get("agents/me")["agent"]
    except ClawNetError as error:
        return Finding("token", State.FAULT, str(error), "log in again with `clownet-cli login`")
    return Finding("token", State.GOOD, f"@{agent['handle']}, {agent['role']}")


def socket(access: Access) -> Finding:
    """Check that an agent can connect, as one that stays a moment."""
    from clawnet import Agent  # noqa: PLC0415 - the SDK is slow to import

    async def visit() -> None:
        agent = Agent(access.url, token=access.token, name="clownet-cli doctor")
        await agent.connect(within=WAIT)
        await agent.close()

    try:
        asyncio.run(visit())
    except ClawNetError as error:
        advice = "a proxy must pass /socket.io/ with Upgrade and Connection on: docs/operator-guide.md"
        return Finding("socket", State.FAULT, str(error), advice)
    return Finding("socket", State.GOOD, "an agent can connect")


def _status_of(response: httpx.Response) -> str:
    try:
        body = response.json()
    except ValueError:
        return ""
    return str(body.get("status", "")) if isinstance(body, dict) else ""


def _days_left(host: str, port: int) -> int:
    with (
        sockets.create_connection((host, port), WAIT) as plain,
        ssl.create_default_context().wrap_socket(plain, server_hostname=host) as secured,
    ):
        ends = ssl.cert_time_to_seconds(str((secured.getpeercert() or {})["notAfter"]))
    now = datetime.now(UTC).timestamp()  # noqa: TID251 - certificates end by the wall clock
    return int((ends - now) // 86_400)
