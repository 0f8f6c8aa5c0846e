"""What is said to the relay about a task: that we took it, how far it is, how it ended."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from enum import Enum, auto
from typing import Protocol, TypeVar

from cli.agent.runs import Outcome, State, cleaned, tail
from protocol.acks import ResultTaken
from protocol.errors import ClawNetError, Forbidden, NotFound, StaleLease
from protocol.reliability import RetryPolicy
from protocol.tasks import Task

log = logging.getLogger("clawnet.agent")

T = TypeVar("T")

BEAT = 10.0  # seconds between two words about a task, which renew its lease
QUICK = 1.0  # seconds between two words that say something new
GRACE = 5.0  # seconds in which a refused lease may be followed by a new one
LAST_WORDS = 400  # characters of progress
LOST = (StaleLease, NotFound, Forbidden)  # refusals that mean that a task is not ours
RETRY = RetryPolicy(first=0.5, cap=10.0)


class Ending(Enum):
    """Why a task ends before it is done."""

    CANCELLED = auto()
    LOST = auto()  # the relay gave it to somebody else, or knows nothing of it any more


class Relay(Protocol):
    """The relay, as far as tasks are concerned."""

    async def task_ack(self, task_id: str, lease: str) -> None: ...

    async def task_progress(
        self, task_id: str, lease: str, *, text: str | None = None, percent: float | None = None
    ) -> None: ...

    async def task_result(
        self, task_id: str, lease: str, state: State, *, output: str, exit_code: int | None, truncated: bool
    ) -> ResultTaken: ...


class Hold:
    """A task that is ours while its lease lasts."""

    def __init__(self, task: Task, lease: str) -> None:
        self.task = task
        self.lease = lease
        self.claimed: str | None = None
        self.text = ""
        self.ending: Ending | None = None
        self.is_ending = asyncio.Event()
        self.news = asyncio.Event()
        self._renewed = asyncio.Event()

    def renew(self, lease: str) -> None:
        """Go on under a new lease."""
        if lease != self.lease:
            self.lease = lease
            self._renewed.set()

    def say(self, text: str) -> None:
        """Put what is said of the task; it goes out with the next word."""
        self.text = cleaned(text)
        self.news.set()

    def end(self, why: Ending) -> None:
        """End it early; the first reason counts, unless it was lost since."""
        if self.ending is None or why is Ending.LOST:
            self.ending = why
        self.is_ending.set()

    async def has_newer(self, lease: str) -> bool:
        """Tell whether the task has another lease than this one, or gets one very soon."""
        if self.lease == lease:
            self._renewed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(GRACE):
                    await self._renewed.wait()
        return self.lease != lease


class Leases:
    """Talks to the relay for the tasks, and does not give up while it may be heard."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    async def claim(self, hold: Hold) -> bool:
        """Say that we took the task; False if it is not ours any more."""
        return await self._insist(hold, self._claim) is not None

    async def deliver(self, hold: Hold, outcome: Outcome) -> bool:
        """Hand in the result until the relay has it; False if it does not want it from us."""

        async def hand_in(hold: Hold, lease: str) -> ResultTaken:
            await self._claim(hold, lease)
            return await self._relay.task_result(
                hold.task.id,
                lease,
                outcome.state,
                output=outcome.output,
                exit_code=outcome.exit_code,
                truncated=outcome.truncated,
            )

        return await self._insist(hold, hand_in) is not None

    async def keep(self, hold: Hold) -> None:
        """Say how far the task is, now and again, until it is lost; then end it."""
        is_ours = True
        while is_ours:
            hold.news.clear()
            is_ours = await self._tell(hold)
            await asyncio.sleep(QUICK)
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT - QUICK):
                    await hold.news.wait()
        hold.end(Ending.LOST)

    async def _tell(self, hold: Hold) -> bool:
        """Say it once; False if the task is lost."""
        lease = hold.lease
        try:
            await self._claim(hold, lease)
            words = tail(hold.text, LAST_WORDS) or None
            await self._relay.task_progress(hold.task.id, lease, text=words)
        except LOST:
            return await hold.has_newer(lease)
        except ClawNetError as error:
            log.info("the relay did not take a word on task %s: %s", hold.task.id, error.code)
        return True

    async def _claim(self, hold: Hold, lease: str) -> bool:
        if hold.claimed != lease:
            await self._relay.task_ack(hold.task.id, lease)
            hold.claimed = lease
        return True

    async def _insist(self, hold: Hold, say: Callable[[Hold, str], Awaitable[T]]) -> T | None:
        """Say something until it is answered; None if the lease is over and there is no other."""
        attempt = 0
        while True:
            lease = hold.lease
            try:
                return await say(hold, lease)
            except ClawNetError as error:
                if not error.retryable and not await hold.has_newer(lease):
                    log.warning("the relay does not want task %s from us: %s", hold.task.id, error.code)
                    return None
                pause = error.retry_after or RETRY.delay(attempt)
            attempt += 1
            await asyncio.sleep(pause)
