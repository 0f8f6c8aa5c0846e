"""Signals: what is said once and never sent again. Presence, typing, changes of rooms."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from pydantic import BaseModel

from app.clock import Clock
from app.delivery.connections import Connections
from app.delivery.gathering import Gathering
from app.delivery.streams import Streams
from app.delivery.wire import Batches, Frames
from app.events import (
    Fact,
    PresenceChanged,
    RoomChanged,
    RoomDeleted,
    RoomJoined,
    RoomLeft,
    RoomOpened,
    TaskCancelAsked,
    TaskMoved,
    TaskProgressed,
    TypingChanged,
)
from app.services.rooms import RoomService
from protocol.agents import Presence
from protocol.pushes import PresenceUpdate, RoomUpdated, TaskCancelled, TaskUpdated, TypingUpdate
from protocol.rooms import Room
from protocol.tasks import Task

PRESENCE_EVERY = 0.1  # seconds between two rounds of who has come and gone


class Audience(Protocol):
    """Readers of one kind, found by what a signal concerns; each has an `agent_id`."""

    def all(self) -> Iterable[Any]: ...

    def of_agent(self, agent_id: str) -> Iterable[Any]: ...

    def in_room(self, room: str) -> Iterable[Any]: ...


Whom = Callable[[Audience], Iterable[Any]]


class Signals:
    """Tells connections and streams what passes; who is behind on messages goes without."""

    def __init__(
        self, *, connections: Connections, streams: Streams, rooms: RoomService, clock: Clock, buffer: int
    ) -> None:
        self._connections = connections
        self._streams = streams
        self._rooms = rooms
        self._buffer = buffer
        # A fleet that comes all at once would be told of to all of itself, one by one.
        self._presences = Gathering(self._tell_of_presences, every=PRESENCE_EVERY, clock=clock)

    def on_fact(self, fact: Fact) -> None:
        """Turn a fact into a push to whoever may know."""
        match fact:
            case PresenceChanged(presence):
                self._presences.add(presence.agent_id, presence)
            case TypingChanged(room, agent_id):
                self._tell(_others_in(room, agent_id), "typing_update", _typing_update(fact))
            case TaskMoved(task):
                self._tell(_concerned(task), "task_update", TaskUpdated(task=task))
            case TaskProgressed(task, text):
                self._tell(_concerned(task), "task_update", TaskUpdated(task=task, text=text))
            case TaskCancelAsked(task):
                self._tell(_agent(task.to), "task_cancel", TaskCancelled(task_id=task.id))
            case _:
                self._tell_of_rooms(fact)

    def _tell_of_presences(self, presences: list[Presence]) -> None:
        self._tell(_everybody, "presence_update", *map(_presence_update, presences))

    def _tell_of_rooms(self, fact: Fact) -> None:
        match fact:
            case RoomOpened(room):
                self._tell_members(room, "opened", None)
            case RoomJoined(room, agent_id):
                self._tell_members(room, "joined", agent_id)
            case RoomLeft(room, agent_id):
                self._tell_members(room, "left", agent_id)
                self._tell(_agent(agent_id), "room_update", _gone(room, agent_id, "left"))
            case RoomChanged(room):
                self._tell_members(room, "changed", None)
            case RoomDeleted(room):
                for agent_id in room.members:
                    self._tell(_agent(agent_id), "room_update", _gone(room, agent_id, "deleted"))
            case _:
                pass

    def _tell_members(self, room: Room, action: str, agent_id: str | None) -> None:
        update = RoomUpdated(action=action, room=self._rooms.view(room), agent_id=agent_id)
        self._tell(_members(room.id), "room_update", update)

    def _tell(self, whom: Whom, event: str, *bodies: BaseModel) -> None:
        batches = Batches([Frames(event, body) for body in bodies])
        for connection in whom(self._connections):
            # Half of the buffer is kept for messages: a signal may be lost, a message not.
            if connection.is_started and connection.wire.backlog() <= self._buffer // 2:
                connection.wire.send_all(batches.of(connection.wire.dialect))
        listening = [stream for stream in whom(self._streams) if event in stream.hears]
        if listening:
            for json in [body.model_dump_json() for body in bodies]:
                for stream in listening:
                    stream.tell(event, json)


def _everybody(audience: Audience) -> Iterable[Any]:
    return audience.all()


def _agent(agent_id: str) -> Whom:
    return lambda audience: audience.of_agent(agent_id)


def _members(room: str) -> Whom:
    return lambda audience: audience.in_room(room)


def _others_in(room: str, agent_id: str) -> Whom:
    return lambda audience: [each for each in audience.in_room(room) if each.agent_id != agent_id]


def _concerned(task: Task) -> Whom:
    def whom(audience: Audience) -> Iterable[Any]:
        theirs = (*audience.of_agent(task.to), *audience.of_agent(task.requested_by))
        # Each once: the assignee is often in the room as well.
        return dict.fromkeys((*audience.in_room(task.room), *theirs))

    return whom


def _presence_update(presence: Presence) -> PresenceUpdate:
    return PresenceUpdate(
        agent_id=presence.agent_id,
        handle=presence.handle,
        role=presence.role,
        status=presence.status,
        since=presence.since,
    )


def _typing_update(fact: TypingChanged) -> TypingUpdate:
    return TypingUpdate(room=fact.room, agent_id=fact.agent_id, handle=fact.handle, typing=fact.typing)


def _gone(room: Room, agent_id: str, action: str) -> RoomUpdated:
    # Who is out learns that, and nothing of who stays.
    bare = room.model_copy(update={"members": [], "owner": None, "topic": ""})
    return RoomUpdated(action=action, room=bare, agent_id=agent_id)
