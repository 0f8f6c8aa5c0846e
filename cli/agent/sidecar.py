"""The sidecar, put together: an agent on the relay, a worker, backends, a journal and reports."""

import asyncio
import logging
import signal
from collections.abc import Sequence
from contextlib import suppress

from clawnet import Agent, ClawNetError, TaskCancelled, TaskDispatched, Welcome
from cli.access import Access
from cli.agent.backends import Backend, Backends
from cli.agent.gateway.backend import OpenClaw
from cli.agent.host import Host, own_version
from cli.agent.journal import Journal
from cli.agent.leasing import Leases
from cli.agent.local import Local
from cli.agent.options import Options, backends_of
from cli.agent.telemetry import Telemetry
from cli.agent.working import Worker

log = logging.getLogger("clawnet.agent")


class Sidecar:
    """One agent's sidecar; what it has begun survives it."""

    def __init__(self, access: Access, options: Options) -> None:
        self._access = access
        self._options = options

    def run(self) -> None:
        """Live until SIGINT or SIGTERM.

        Raises:
            ClawNetError: the relay refused for good, or an option is no good.
        """
        with Journal(self._options.data_dir) as journal, suppress(KeyboardInterrupt):
            asyncio.run(self._live(journal))

    async def _live(self, journal: Journal) -> None:
        changed = asyncio.Event()
        row = backends_of(self._options, journal, changed.set)
        host = Host(self._options.data_dir)
        backends = Backends([*row, Local(host, row, version=lambda: _version(row))])
        agent = Agent(
            self._access.url, token=self._access.token, name="clownet-sidecar", version=own_version()
        )
        async with asyncio.TaskGroup() as group:
            worker = Worker(
                journal, Leases(agent), backends, agent=self._options.agent, group=group, changed=changed
            )
            reports = Telemetry(agent, host, backends, running=lambda: worker.running, changed=changed)
            _listen(agent, worker, reports)
            lives = [backend.live() for backend in backends.row] + [reports.live()]
            loops = [group.create_task(life) for life in lives]
            worker.resume()
            refusal = await _lived(agent, worker)
            for loop in loops:
                loop.cancel()
        if refusal is not None:
            raise refusal


def _listen(agent: Agent, worker: Worker, reports: Telemetry) -> None:
    @agent.on_task
    async def take(pushed: TaskDispatched) -> None:
        worker.take(pushed.task, pushed.lease)

    @agent.on_task_cancel
    async def cancel(pushed: TaskCancelled) -> None:
        worker.cancel(pushed.task_id)

    @agent.on_welcome
    async def connected(welcome: Welcome) -> None:
        log.info("connected to the relay as %s", welcome.agent.id)
        reports.connected()


async def _lived(agent: Agent, worker: Worker) -> ClawNetError | None:
    """Live until somebody says stop; return why the relay ended it, if it did."""
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    with suppress(NotImplementedError):  # Windows has no signal handlers in its loop
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, over.set)
    stop, life = loop.create_task(over.wait()), loop.create_task(_connected(agent))
    try:
        await asyncio.wait({stop, life}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        log.info("leaving")
        await worker.leave()
        stop.cancel()
        life.cancel()
        await agent.close()
    return life.result() if life.done() and not life.cancelled() else None


async def _connected(agent: Agent) -> ClawNetError | None:
    try:
        await agent.connect()
        await agent.wait()
    except ClawNetError as refusal:
        return refusal
    return None


def _version(row: Sequence[Backend]) -> str:
    return next((backend.version for backend in row if isinstance(backend, OpenClaw)), "")
