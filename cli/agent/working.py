"""The worker: takes what the relay dispatches, and knows which tasks are in hand."""

import asyncio
import logging
from dataclasses import dataclass

from cli.agent.backends import Backends
from cli.agent.commands import COMMANDS, Kind, split
from cli.agent.journal import Entry, Journal
from cli.agent.leasing import Ending, Hold, Leases
from cli.agent.life import Life, Shop
from cli.agent.lines import Lines
from cli.agent.runs import Outcome, failed, succeeded
from protocol.tasks import Task, TaskState

log = logging.getLogger("clawnet.agent")

AT_ONCE = 4
FAREWELL = 10.0  # seconds for the tasks to let go


@dataclass(frozen=True, slots=True)
class _InHand:
    hold: Hold
    life: Life
    job: asyncio.Task[None]


class Worker:
    """Executes tasks: one at a time in a room, a few at once in all."""

    def __init__(
        self,
        journal: Journal,
        leases: Leases,
        backends: Backends,
        *,
        agent: str,
        group: asyncio.TaskGroup,
        changed: asyncio.Event,
    ) -> None:
        self._journal = journal
        self._group = group
        self._lines = Lines()
        self._in_hand: dict[str, _InHand] = {}
        slots = asyncio.Semaphore(AT_ONCE)
        self._shop = Shop(journal, leases, backends, agent=agent, slots=slots, stop=self.stop)
        self._changed = changed

    @property
    def running(self) -> list[str]:
        """List the tasks that are in hand."""
        return list(self._in_hand)

    def take(self, task: Task, lease: str) -> None:
        """Take a task from the relay; one that is in hand only gets its new lease."""
        entry = self._journal.accept(task, lease)
        if (known := self._in_hand.get(task.id)) is not None:
            known.hold.renew(lease)
        else:
            known = self._begin(entry)
        if task.state is TaskState.CANCELLING:
            known.hold.end(Ending.CANCELLED)

    def resume(self) -> None:
        """Take up what an earlier life left unfinished."""
        for entry in self._journal.unfinished():
            log.info("taking up task %s", entry.task.id)
            self._begin(entry)

    def cancel(self, task_id: str) -> None:
        """Stop a task, if it is in hand."""
        if (known := self._in_hand.get(task_id)) is not None:
            known.hold.end(Ending.CANCELLED)

    def stop(self, asked: Task, task_id: str) -> Outcome:
        """Stop what runs in the room where somebody asked for it, or one task of it."""
        hit = [
            known.hold
            for known in self._in_hand.values()
            if known.hold.task.room == asked.room
            and known.hold.task.id != asked.id
            and task_id in {"", known.hold.task.id}
            and _is_turn(known.hold.task)
        ]
        for hold in hit:
            hold.end(Ending.CANCELLED)
        names = ", ".join(hold.task.id for hold in hit)
        return succeeded(f"stopping {names}") if hit else failed("nothing of that kind runs in this room")

    async def leave(self) -> None:
        """Let go of everything; what runs outside of this process goes on and is taken up again later."""
        jobs = {known.job for known in self._in_hand.values()}
        for known in list(self._in_hand.values()):
            known.life.leave()
            known.job.cancel()
        if jobs:
            await asyncio.wait(jobs, timeout=FAREWELL)

    def _begin(self, entry: Entry) -> _InHand:
        hold = Hold(entry.task, entry.lease)
        place = self._lines.enter(entry.task.room if _is_turn(entry.task) else None)
        life = Life(entry, hold, place, self._shop)
        job = self._group.create_task(life.live(), name=f"task-{entry.task.id}")
        known = self._in_hand[entry.task.id] = _InHand(hold, life, job)
        job.add_done_callback(lambda _: self._done(entry.task.id))
        self._changed.set()
        return known

    def _done(self, task_id: str) -> None:
        del self._in_hand[task_id]
        self._changed.set()


def _is_turn(task: Task) -> bool:
    command = COMMANDS.get(split(task)[0])
    return command is not None and command.kind is Kind.TURN
