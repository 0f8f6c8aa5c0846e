"""One tab's ear: hears facts, keeps the state true, and draws at most ten times a second."""

import asyncio
import logging
from collections.abc import Callable

from app.actor import Actor
from app.events import Fact
from components.known_tasks import KnownTasks
from components.ports import Console
from components.state import ConsoleState
from protocol.errors import NotFound
from protocol.rooms import Room

PERIOD = 0.1
_log = logging.getLogger("clawnet.console")


class Feed:
    """Applies each fact at once and hands them on in batches."""

    def __init__(self, console: Console, actor: Actor, draw: Callable[[list[Fact]], None]) -> None:
        # Nothing is awaited between the subscription and the snapshot: no fact falls between the two.
        self._stop = console.bus.subscribe(self._on_fact)
        self._draw = draw
        self._waiting: list[Fact] = []
        self._timer: asyncio.TimerHandle | None = None
        self._last = float("-inf")
        self.state = ConsoleState.snapshot(
            actor.agent_id,
            lambda room: _sees(console, actor, room),
            rooms=console.rooms.visible_to(actor),
            agents=console.identity.agents(),
            presence=console.presence.everyone(),
            work=KnownTasks.snapshot(
                console.work.tasks.listed(actor),
                lambda task: console.work.tasks.may_see(actor, task),
                console.work.watch.approval_ends,
            ),
        )

    def close(self) -> None:
        """Hear nothing any more."""
        self._stop()
        if self._timer is not None:
            self._timer.cancel()

    def catch_up(self) -> None:
        """Draw what has come in at once, before something that follows from it."""
        if self._timer is not None:
            self._timer.cancel()
            self.flush()

    def flush(self) -> None:
        """Draw what has come in."""
        loop = asyncio.get_running_loop()
        self._timer, self._last = None, loop.time()
        facts, self._waiting = self._waiting, []
        try:
            self._draw(facts)
        except Exception:  # noqa: BLE001 - a page that can't be drawn must go on to hear
            _log.exception("a page could not be drawn")

    def _on_fact(self, fact: Fact) -> None:
        self.state.apply(fact)
        self._waiting.append(fact)
        if self._timer is None:
            # The first fact after a silence is drawn in the next turn of the loop, the rest in batches.
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(loop.time(), self._last + PERIOD), self.flush)


def _sees(console: Console, actor: Actor, room: Room) -> bool:
    try:
        console.rooms.see(actor, room.id)
    except NotFound:
        return False
    return True
