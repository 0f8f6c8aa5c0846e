"""OpenClaw behind its gateway: turns, reads, and what the report says of it."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping

from typing_extensions import override

from cli.agent.backends import Backend, BackendAway
from cli.agent.gateway.device import Device
from cli.agent.gateway.keeping import Gateway
from cli.agent.gateway.link import PROTOCOL, GatewayGone, GatewayLink, GatewayRefused, body_of
from cli.agent.gateway.turns import Turns
from cli.agent.journal import Journal
from cli.agent.reads import READS, count_in, jobs, sessions, summary
from cli.agent.runs import Outcome, Run, failed, succeeded

log = logging.getLogger("clawnet.agent")

SOON = 2.0  # seconds for a gateway that is away, before another backend reads instead
FRESH = 60.0  # seconds after which the report's words on OpenClaw are looked up again
NEWS = {"hello", "gone", "sessions.changed", "cron", "health", "presence"}
REFUSED_TEXT = "a text may not begin with / or !: those are commands of OpenClaw's own"


class OpenClaw(Backend):
    """Drives OpenClaw by its gateway; it may read and write, and administer nothing."""

    name = "gateway"
    commands = frozenset({*READS, "ask", "do", "new"})

    def __init__(
        self,
        url: str,
        device: Device,
        token: str | None,
        *,
        agent: str,
        journal: Journal,
        changed: Callable[[], None],
    ) -> None:
        self._gateway = Gateway(url, device, token, noticed=self._noticed)
        self._turns = Turns(self._gateway, agent)
        self._journal = journal
        self._changed = changed
        self._sections: Mapping[str, object] = {}
        self._read_at: float | None = None

    @property
    def version(self) -> str:
        """Return what is known of OpenClaw's version, to be appended."""
        link = self._gateway.link
        server = body_of(link.hello.get("server")) if link else {}
        return f", OpenClaw {server['version']}" if "version" in server else ", OpenClaw away"

    @override
    async def live(self) -> None:
        await self._gateway.live()

    @override
    async def run(self, run: Run) -> Outcome:
        if run.command in READS:
            return await self._read(run)
        return await self._turn(run, was_begun=False)

    @override
    async def recover(self, run: Run) -> Outcome:
        return await self._turn(run, was_begun=True)

    @override
    async def sections(self) -> Mapping[str, object]:
        link = self._gateway.link
        if link is None:
            return {"openclaw": {"ok": False, "reason": self._gateway.reason}}
        now = time.monotonic()
        if self._read_at is None or now - self._read_at > FRESH:
            try:
                self._sections = await _sections(link)
            except (GatewayGone, GatewayRefused) as error:
                return {"openclaw": {"ok": False, "reason": str(error)}}
            self._read_at = now
        return self._sections

    async def _turn(self, run: Run, *, was_begun: bool) -> Outcome:
        if run.command == "new":
            self._journal.renew_session(run.task.room, run.task.id)
            return succeeded("the next question begins a new session")
        if run.text.lstrip().startswith(("/", "!")):
            return failed(REFUSED_TEXT)
        lead = self._turns.do if run.command == "do" else self._turns.ask
        return await lead(run, was_begun=was_begun)

    async def _read(self, run: Run) -> Outcome:
        read = READS[run.command]
        link = await self._gateway.linked(SOON)
        params = {"limit": count_in(run.text)} if run.command == "sessions" else {}
        try:
            return succeeded(read.say(await link.request(read.method, params)))
        except (GatewayGone, GatewayRefused) as error:
            raise BackendAway(str(error)) from None

    def _noticed(self, event: str) -> None:
        if event in NEWS:
            self._read_at = None
            self._changed()


async def _sections(link: GatewayLink) -> dict[str, object]:
    asked_at = time.monotonic()
    health = await link.request("health", {})
    latency = round((time.monotonic() - asked_at) * 1000)
    status, agents, listed, cron = await asyncio.gather(
        link.request("status", {}),
        link.request("agents.list", {}),
        link.request("sessions.list", {"limit": 20}),
        link.request("cron.list", {}),
    )
    told = summary(health, status, agents) | {"protocol": PROTOCOL, "latency_ms": latency}
    return {"openclaw": told, "sessions": sessions(listed), "cron": jobs(cron)}
