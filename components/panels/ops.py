"""Ops: all tasks in a table, and one in full beside it."""

from collections.abc import Iterable
from datetime import timedelta

from app.events import Fact, TaskMoved, TaskProgressed
from app.services.permissions import Operation
from components import asks
from components.actions import Actions, may_write
from components.dispatching import dispatch
from components.panels.answers import Answer, Answers, Table
from components.panels.doings import task_table
from components.panels.dossier import Dossier
from components.pictures import commands, tasks
from components.query import GROUPS, Query
from components.render import label
from components.routes import Place, View, task_path
from components.state import ConsoleState
from components.trail import Trail
from components.views.elements import Ops
from components.work import Work
from protocol.addressing import RoomKind
from protocol.tasks import Task

PAGE = 100
LATELY = timedelta(hours=24)  # what ended earlier is history and is not counted
_ENDED = ("failed", "done")


class OpsPanel:
    """Keeps the table true, row by row, and does what is asked of it there."""

    view = View.OPS

    def __init__(self, work: Work, actions: Actions, trail: Trail, state: ConsoleState) -> None:
        self._work = work
        self._actions = actions
        self._state = state
        self._wanted: Query | None = None
        table: Table = {
            **task_table(work),
            "earlier": (asks.Earlier, self._earlier),
            "dispatch": (asks.Dispatch, self._dispatch),
            "save": (asks.Keep, self._save),
            "forget": (asks.Named, self._forget),
            "save_view": (asks.KeepView, self._save_view),
            "forget_view": (asks.Named, self._forget_view),
        }
        self._ops = Ops(ask=Answers(work, table))
        self._dossier = Dossier(self._ops, trail, state)

    async def go(self, place: Place) -> None:
        """Show what the address asks for, or open a task's details."""
        asked = place.asked()
        wanted = Query.of(asked.get("q", ""))
        self._dossier.turn_to(place.task, asked.get("tab", "output"))
        if wanted != self._wanted:
            self._wanted = wanted
            self._ops.tell("show", self._page(self._found()))
        self._draw()
        self._draw_words()
        self._draw_views()
        await self._dossier.draw_steps()

    def hear(self, facts: list[Fact]) -> None:
        """Show what has changed: rows in place, new ones at the top."""
        moved = {fact.task.id for fact in facts if isinstance(fact, TaskMoved | TaskProgressed)}
        known = [task for task_id in moved if (task := self._state.work.tasks.get(task_id))]
        if known:
            known.sort(key=lambda task: (task.created_at, task.id), reverse=True)
            self._ops.tell("change", [self._changed(task) for task in known])
        self._dossier.hear(facts)
        self._draw()

    async def tick(self) -> None:
        """Read a task's steps anew once it has moved, and tell what can be typed."""
        self._draw_words()
        self._draw_views()
        await self._dossier.draw_steps()

    def _draw(self) -> None:
        everything = list(self._state.work.tasks.values())
        lately = (self._work.now() - LATELY).isoformat()
        counts = {
            name: sum(
                task.state in group and (name not in _ENDED or task.created_at >= lately)
                for task in everything
            )
            for name, group in GROUPS.items()
        }
        self._ops.draw("count", counts)
        self._dossier.draw()

    def _draw_words(self) -> None:
        viewer = self._state.agents.get(self._state.viewer)
        words = {
            "commands": [commands.command(each) for each in self._work.commands()],
            "people": commands.workers(self._state),
            "rooms": sorted(room.id for room in self._state.rooms.values() if room.kind is RoomKind.ROOM),
            "writes": viewer is not None and may_write(viewer.role),
            "saves": self._work.may(Operation.COMMAND_SAVE),
        }
        self._ops.draw("speak", words)

    def _draw_views(self) -> None:
        views = self._work.views().items()
        self._ops.draw("look", [{"name": label(name), "q": query} for name, query in views])

    def _found(self) -> list[Task]:
        return [task for task in self._state.work.newest_first() if self._passes(task)]

    def _passes(self, task: Task) -> bool:
        return self._wanted is None or self._wanted.passes(task, self._state, self._work.now())

    def _page(self, found: Iterable[Task]) -> Answer:
        rest = list(found)
        return {
            "rows": [tasks.row(task, self._state) for task in rest[:PAGE]],
            "more": len(rest) > PAGE,
            "any": bool(self._state.work.tasks),
        }

    def _changed(self, task: Task) -> Answer:
        return {**tasks.row(task, self._state), "fits": self._passes(task)}

    async def _earlier(self, ask: asks.Earlier) -> Answer:
        found = self._found()
        place = next((number for number, task in enumerate(found) if task.id == ask.id), len(found))
        return self._page(found[place + 1 :])

    async def _dispatch(self, ask: asks.Dispatch) -> Answer:
        sent = await dispatch(self._actions, self._state, ask.to, ask.line.strip(), ask.key)
        first = sent.task_ids[0] if sent.task_ids else ""
        told = commands.outcome(sent, self._state)
        return {**told, "tasks": len(sent.task_ids), "path": task_path(first) if first else ""}

    async def _save(self, ask: asks.Keep) -> Answer:
        await self._work.save(ask.name.strip().lower(), ask.line.strip())
        self._draw_words()
        return {}

    async def _forget(self, ask: asks.Named) -> Answer:
        await self._work.forget(ask.id)
        self._draw_words()
        return {}

    async def _save_view(self, ask: asks.KeepView) -> Answer:
        await self._work.save_view(ask.name.strip(), ask.q.strip())
        self._draw_views()
        return {}

    async def _forget_view(self, ask: asks.Named) -> Answer:
        await self._work.forget_view(ask.id)
        self._draw_views()
        return {}
