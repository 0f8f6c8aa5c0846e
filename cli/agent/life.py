"""The life of one task: claimed, executed in its turn, and handed in."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from cli.agent.backends import Backends
from cli.agent.commands import COMMANDS, Command, Kind, split, unknown
from cli.agent.journal import Entry, Journal
from cli.agent.leasing import Ending, Hold, Leases
from cli.agent.lines import Place
from cli.agent.runs import Outcome, Run, cut, failed
from cli.agent.sessions import session_key
from protocol.tasks import Task

log = logging.getLogger("clawnet.agent")

OVERTIME = 30.0  # seconds that a backend may need to notice that a task's time is up


@dataclass(frozen=True, slots=True)
class Shop:
    """What all tasks share; `stop` stops the tasks of a room, or one of them."""

    journal: Journal
    leases: Leases
    backends: Backends
    agent: str
    slots: asyncio.Semaphore
    stop: Callable[[Task, str], Outcome]


class Life:
    """One task, from the moment it is in the journal."""

    def __init__(self, entry: Entry, hold: Hold, place: Place, shop: Shop) -> None:
        self._entry = entry
        self._hold = hold
        self._place = place
        self._shop = shop
        name, text = split(entry.task)
        self._command = COMMANDS.get(name)
        self._name = name
        self._run = Run(entry.task, name, text, entry.session or "", hold.say)

    async def live(self) -> None:
        """Lead the task to its end; one that the relay takes from us is let go without a word."""
        task_id = self._entry.task.id
        try:
            outcome = await self._outcome()
        finally:
            self._place.leave()
        if outcome is not None:
            await self._shop.leases.deliver(self._hold, outcome)
        self._shop.journal.close(task_id)

    def leave(self) -> None:
        """Prepare to be cancelled without stopping what runs outside of this process."""
        self._run.goes_on = True

    async def _outcome(self) -> Outcome | None:
        """Return the result, in the journal by then; None if the task is not ours."""
        if self._entry.outcome is not None:
            return self._entry.outcome
        if not await self._shop.leases.claim(self._hold):
            return None
        outcome = await self._executed()
        if outcome is not None:
            self._shop.journal.finish(self._entry.task.id, outcome)
            log.info("task %s (/%s) %s", self._entry.task.id, self._name, outcome.state)
        return outcome

    async def _executed(self) -> Outcome | None:
        async with asyncio.TaskGroup() as group:
            work = group.create_task(self._work())
            ending = group.create_task(self._hold.is_ending.wait())
            beat = group.create_task(self._shop.leases.keep(self._hold))
            await asyncio.wait({work, ending}, return_when=asyncio.FIRST_COMPLETED)
            for each in (work, ending, beat):
                each.cancel()
        if not work.cancelled():
            return cut(work.result())
        if self._hold.ending is Ending.LOST:
            return None
        return cut(Outcome("cancelled", self._hold.text))

    async def _work(self) -> Outcome:
        command = self._command
        if command is None or not self._is_available(command):
            return failed(
                unknown(self._entry.task.command.strip().split(" ")[0], self._shop.backends.commands)
            )
        if command.kind is Kind.CONTROL:
            return self._shop.stop(self._entry.task, self._run.text)
        await self._place.turn()
        try:
            async with self._shop.slots, asyncio.timeout(self._entry.task.timeout + OVERTIME):
                return await self._in_time(command)
        except TimeoutError:
            return Outcome("timed_out", self._hold.text)
        except Exception:
            log.exception("task %s failed in the sidecar", self._entry.task.id)
            return failed("the sidecar itself failed; its log says why")

    def _is_available(self, command: Command) -> bool:
        return command.name in self._shop.backends.commands or command.kind is Kind.CONTROL

    async def _in_time(self, command: Command) -> Outcome:
        if not command.is_optional and not self._run.text:
            return failed(f"/{command.name} needs a {command.arg}")
        was_started = self._entry.session is not None
        if not was_started:
            room = self._entry.task.room
            number = self._shop.journal.session_of(room)
            self._run.session = session_key(self._shop.agent, room, number)
            self._shop.journal.start(self._entry.task.id, self._run.session)
        if was_started and command.kind is Kind.TURN:
            return await self._shop.backends.recover(self._run)
        return await self._shop.backends.run(self._run)
