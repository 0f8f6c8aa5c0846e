"""Runs the commands that an agent offers: taken, kept alive, ended in time, handed in once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, cast

from protocol.client.keeping import Keep, Outcome
from protocol.client.tasking import Ended, Tasking
from protocol.errors import ClawNetError, NotFound, StaleLease
from protocol.pushes import TaskCancelled, TaskDispatched, Welcome
from protocol.tasks import MAX_OUTPUT, Task

log = logging.getLogger("clawnet")

BEAT = 15.0  # seconds between two signs of life: a quarter of a lease, unless the relay sets it shorter
AGAIN = 2.0  # seconds until a result that could not be handed in is handed in again

INTERRUPTED = Outcome("failed", "interrupted: it may have run")

Work = Callable[["Run"], Awaitable[str | None]]


@dataclass(slots=True)
class Hold:
    """What we hold of a task; a new lease takes the place of the old one while it runs."""

    task: Task
    lease: str
    life: "asyncio.Task[None] | None" = None
    is_cancelled: bool = False


class Run:
    """One task under way, as its handler sees it."""

    def __init__(self, hold: Hold, tasking: Tasking) -> None:
        self._hold = hold
        self._tasking = tasking

    @property
    def task(self) -> Task:
        """Return the task: who asked, where, and for how long it may run."""
        return self._hold.task

    @property
    def args(self) -> list[str]:
        """Return what stood behind the command."""
        return list(self.task.args)

    async def progress(self, text: str | None = None, *, percent: float | None = None) -> None:
        """Say how far it is.

        Raises:
            StaleLease: the task was handed on; what is done from now on counts for nothing.
        """
        await self._tasking.task_progress(self.task.id, self._hold.lease, text=text, percent=percent)


@dataclass(frozen=True, slots=True)
class Offer:
    """A command that the agent can run; risk 0 reads, 1 changes, 2 destroys."""

    name: str
    help: str
    risk: Literal[0, 1, 2]
    work: Work


class Commands:
    """The commands of one agent, and what runs of them; each task runs once, whatever is repeated.

    `is_alone` tells whether nobody else looks after tasks, so that unknown commands are refused here.
    """

    def __init__(self, tasking: Tasking, keep: Keep, *, is_alone: Callable[[], bool]) -> None:
        self._tasking = tasking
        self._keep = keep
        self._is_alone = is_alone
        self._offers: dict[str, Offer] = {}
        self._holds: dict[str, Hold] = {}
        self._beside: set[asyncio.Task[None]] = set()

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is offered."""
        return not self._offers

    def offer(self, offer: Offer) -> None:
        """Offer a command from now on."""
        self._offers[offer.name] = offer

    async def announce(self, _: Welcome) -> None:
        """Tell the relay what is offered; a relay that does not want to hear it is no reason to fail."""
        told = [{"name": each.name, "help": each.help, "risk": each.risk} for each in self._offers.values()]
        with suppress(ClawNetError):
            await self._tasking.report(specs={"commands": told})

    async def take(self, pushed: TaskDispatched) -> None:
        """Begin a task beside what else happens; one that runs already goes on under its new lease."""
        task_id, lease = pushed.task.id, pushed.lease
        if (hold := self._holds.get(task_id)) is not None:
            hold.lease = lease
            _ = self._spawn(self._tasking.task_ack(task_id, lease))
            return
        offer = self._offers.get(name_of(pushed.task))
        if offer is None and not self._is_alone():
            return
        hold = self._holds[task_id] = Hold(pushed.task, lease)
        hold.life = self._spawn(self._live(offer, hold))

    async def cancel(self, pushed: TaskCancelled) -> None:
        """Stop a task."""
        hold = self._holds.get(pushed.task_id)
        if hold is not None and hold.life is not None and not hold.is_cancelled:
            hold.is_cancelled = True
            hold.life.cancel()

    async def drained(self) -> None:
        """Wait until nothing runs any more."""
        while self._beside:
            await asyncio.wait(self._beside)

    def leave(self) -> None:
        """Stop what still runs; nothing is told of it, and at the next start it counts as interrupted."""
        for running in self._beside:
            running.cancel()

    def _spawn(self, work: Coroutine[None, None, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._over)
        return task

    def _over(self, task: "asyncio.Task[None]") -> None:
        self._beside.discard(task)
        bug = None if task.cancelled() else task.exception()
        if bug is not None and not isinstance(bug, ClawNetError):
            log.error("a task could not be led to its end", exc_info=bug)

    async def _live(self, offer: Offer | None, hold: Hold) -> None:
        task_id = hold.task.id
        known = self._keep.task(task_id)
        try:
            await self._surely(hold, lambda lease: self._tasking.task_ack(task_id, lease))
            outcome = await self._outcome(offer, hold) if known is None else known.outcome or INTERRUPTED
            self._keep.ended(task_id, outcome)
            await self._surely(hold, lambda lease: self._tell(task_id, lease, outcome))
        except (StaleLease, NotFound):
            log.info("task %s is not ours any more", task_id)
        finally:
            del self._holds[task_id]

    async def _outcome(self, offer: Offer | None, hold: Hold) -> Outcome:
        if offer is None:
            known = ", ".join(f"/{name}" for name in self._offers)
            return Outcome("failed", f"there is no /{name_of(hold.task)} here; there is {known}")
        self._keep.started(hold.task.id)
        run = Run(hold, self._tasking)
        beat = self._spawn(self._beat(run))
        try:
            async with asyncio.timeout(hold.task.timeout):
                said = await offer.work(run)
        except TimeoutError:
            return Outcome("timed_out")
        except asyncio.CancelledError:
            if not hold.is_cancelled:
                raise
            return Outcome("cancelled")
        except Exception as error:
            log.exception("the handler of /%s failed", offer.name)
            return Outcome("failed", f"{type(error).__name__}: {error}"[:MAX_OUTPUT])
        finally:
            beat.cancel()
        return Outcome("succeeded", (said or "")[:MAX_OUTPUT])

    async def _beat(self, run: Run) -> None:
        while True:
            await asyncio.sleep(BEAT)
            with suppress(ClawNetError):
                await run.progress()

    async def _tell(self, task_id: str, lease: str, outcome: Outcome) -> None:
        await self._tasking.task_result(task_id, lease, cast("Ended", outcome.state), output=outcome.output)

    async def _surely(self, hold: Hold, act: Callable[[str], Awaitable[None]]) -> None:
        """Do something under the lease of the moment until the relay has answered for good."""
        while True:
            lease = hold.lease
            try:
                await act(lease)
            except StaleLease:
                if lease == hold.lease:
                    raise
            except ClawNetError as error:
                if not error.retryable:
                    raise
                await asyncio.sleep(error.retry_after or AGAIN)
            else:
                return


def name_of(task: Task) -> str:
    """Return the command that a task names, without its slash."""
    return task.command.strip().removeprefix("/").lower()
