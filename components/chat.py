"""The chat of one page: which room is open, and what goes between it, the relay and the timeline."""

from collections.abc import Iterable
from typing import Any

from nicegui.events import GenericEventArguments

from app.events import (
    AgentChanged,
    AgentEnrolled,
    Fact,
    MessagePosted,
    PresenceChanged,
    RoomJoined,
    RoomLeft,
    TaskProgressed,
    TypingChanged,
)
from components import asks
from components.actions import Actions, may_write
from components.feed import Feed
from components.happenings import Happenings
from components.lists import path_of, title_of
from components.panels.answers import Answers, Table
from components.panels.doings import task_table
from components.panels.panel import is_talk
from components.pictures import commands, tasks
from components.pictures.entries import entry_of
from components.pictures.people import members, person, summary
from components.render import label
from components.unread import Unread
from components.views.elements import Timeline
from components.views.words import nick_of
from components.work import Work
from protocol.acks import History
from protocol.addressing import RoomKind, parties_of
from protocol.errors import ClawNetError, NotFound, Unauthenticated
from protocol.messages import Message
from protocol.rooms import Room

FIRST_PAGE = 100
LONGEST_PAGE = 200  # when so much is new that a first page would not reach back to it
_COMERS = (AgentChanged, AgentEnrolled, PresenceChanged, RoomJoined, RoomLeft)


class Chat:
    """Keeps the timeline on one room and carries what the operator does in it."""

    def __init__(self, actions: Actions, work: Work, feed: Feed, unread: Unread, talk: Table) -> None:
        self._actions = actions
        self._work = work
        self._feed = feed
        self._state = state = feed.state
        self._unread = unread
        self._happenings = Happenings(state)
        self._early: list[Message] | None = None
        self.room: Room | None = None
        self.timeline = Timeline(
            viewer=unread.viewer,
            handle=unread.handle,
            nick=nick_of(unread.viewer),
            send=self._on_send,
            older=self._on_older,
            newer=self._on_newer,
            typing=self._on_typing,
            latest=self._on_latest,
            ask=Answers(work, {**task_table(work), **talk}),
        )

    async def open(self, room: Room, message_id: str = "") -> None:
        """Show a room at its end, or around one of its messages.

        Raises:
            Unauthenticated: the session is over.
        """
        self.room, self._early = room, []
        try:
            target = await self._target(room, message_id)
            history = await self._first(room, target)
        except Unauthenticated:
            raise
        except ClawNetError as error:
            self._early = None
            self.timeline.tell("failed", {**self._about(room), "what": "open", **error.body()})
            return
        if self.room.id != room.id:
            return
        early, self._early = self._early or [], None
        place = {"target": target, "lost": bool(message_id) and not target}
        self.timeline.tell("open", {**self._about(self.room), **self._page(history), **place})
        self._push(early)
        self._happenings.begin()
        self._progress(task.id for task in self._state.work.under_way(room.id))
        self.suggest()

    async def _target(self, room: Room, message_id: str) -> int:
        """Return where a message stands; 0 when none was named, or it is not kept any more."""
        try:
            return await self._actions.place_of(room.id, message_id) if message_id else 0
        except NotFound:
            return 0

    async def _first(self, room: Room, target: int) -> History:
        if target:
            return await self._actions.history(room.id, around=target, limit=FIRST_PAGE)
        new = room.head - self._unread.marks.get(room.id, room.head)
        limit = min(max(FIRST_PAGE, new + FIRST_PAGE // 2), LONGEST_PAGE)
        return await self._actions.history(room.id, limit=limit)

    def hear(self, facts: list[Fact]) -> None:
        """Show what has happened in the room."""
        if self.room is None:
            return
        self.room = self._state.rooms.get(self.room.id, self.room)
        posted = [fact.message for fact in facts if isinstance(fact, MessagePosted)]
        mine = [message for message in posted if message.room == self.room.id]
        if self._early is not None:
            self._early.extend(mine)
            return
        self._push(mine)
        self._progress(fact.task.id for fact in facts if isinstance(fact, TaskProgressed))
        if not is_talk(facts):
            self.timeline.draw("describe", self._about(self.room))
        if any(isinstance(fact, _COMERS) for fact in facts):
            if told := self._happenings.of(facts, self.room):
                self.timeline.tell("happened", told)
            self.timeline.draw("people", commands.people(self._state, self.room))
        if mine or any(isinstance(fact, TypingChanged) for fact in facts):
            self.timeline.draw("writing", self._writers(self.room.id))

    def suggest(self) -> None:
        """Offer what can be typed: commands, and who can be named."""
        if self.room is not None:
            self.timeline.draw("commands", [commands.command(each) for each in self._work.commands()])
            self.timeline.draw("people", commands.people(self._state, self.room))
            self.timeline.draw("sources", commands.sources(self._state))

    def _progress(self, ids: Iterable[str]) -> None:
        known = self._state.work.tasks
        here = [known[each] for each in dict.fromkeys(ids) if each in known]
        told = [tasks.progress(task, self._state) for task in here if self.room and task.room == self.room.id]
        if told:
            self.timeline.tell("progress", told)

    def _push(self, messages: list[Message]) -> None:
        if messages:
            self.timeline.tell("push", [entry_of(message, self._state) for message in messages])

    def _about(self, room: Room) -> dict[str, Any]:
        viewer = self._state.agents.get(self._unread.viewer)
        return {
            "room": room.id,
            "kind": room.kind.value,
            "title": title_of(room, self._state),
            "topic": label(room.topic),
            "count": summary(members(self._state, room)),
            "created": room.created_at,
            "notice": _notice(room, writes=viewer is not None and may_write(viewer.role)),
            "member": room.kind is not RoomKind.ROOM or self._unread.viewer in room.members,
            "writes": viewer is not None and may_write(viewer.role),
            "archived": room.archived,
            "path": path_of(room, self._state),
            "peer": self._peer(room),
        }

    def _peer(self, room: Room) -> dict[str, Any] | None:
        """Return whom one writes to in private."""
        if room.kind is not RoomKind.DM:
            return None
        return person(self._state, min(parties_of(room.id) - {self._state.viewer}))

    def _page(self, history: History) -> dict[str, Any]:
        return {
            "entries": [entry_of(message, self._state) for message in history.messages],
            "head": history.head,
            "oldest": history.oldest,
            "older": bool(history.messages) and history.messages[0].offset > history.oldest,
            "newer": bool(history.messages) and history.messages[-1].offset < history.head,
            "epoch": history.epoch,
        }

    def _writers(self, room_id: str) -> list[str]:
        writers = self._state.typing.get(room_id, {})
        return [label(handle) for agent_id, handle in writers.items() if agent_id != self._unread.viewer]

    async def _on_send(self, event: GenericEventArguments) -> None:
        ask = asks.Send.model_validate(event.args)
        try:
            sent = await self._actions.send(ask.room, ask.text, ask.key)
        except ClawNetError as error:
            self.timeline.tell("settle", {"key": ask.key, "ok": False, **error.body()})
            return
        if sent.task_ids:
            # What is told of tasks stands under them.
            self._feed.catch_up()
        settled = {"key": ask.key, "ok": True, "o": sent.offset, "ts": sent.ts, "room": sent.room}
        self.timeline.tell("settle", {**settled, **commands.outcome(sent, self._state)})

    async def _on_older(self, event: GenericEventArguments) -> None:
        ask = asks.Older.model_validate(event.args)
        await self._answer("older", ask.room, before=ask.before)

    async def _on_newer(self, event: GenericEventArguments) -> None:
        ask = asks.Newer.model_validate(event.args)
        await self._answer("newer", ask.room, after=ask.after)

    async def _answer(self, method: str, room: str, **anchor: int) -> None:
        try:
            history = await self._actions.history(room, limit=FIRST_PAGE, **anchor)
        except ClawNetError as error:
            self.timeline.tell("failed", {"room": room, "what": method, **error.body()})
            return
        self.timeline.tell(method, {"room": room, **self._page(history)})

    def _on_typing(self, event: GenericEventArguments) -> None:
        ask = asks.Typing.model_validate(event.args)
        try:
            self._actions.typing(ask.room, typing=ask.typing)
        except ClawNetError:
            return  # a signal that may be lost: nobody is to be told

    async def _on_latest(self, event: GenericEventArguments) -> None:
        if self.room is not None and self.room.id == event.args:
            await self.open(self.room)


def _notice(room: Room, *, writes: bool) -> str:
    if not writes:
        return "You can watch this room. Wardens cannot send."
    return "This room is archived." if room.archived else ""
