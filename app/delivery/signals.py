"""Signals: what is said once and never sent again. Presence, typing, changes of rooms."""

from collections.abc import Iterable

from pydantic import BaseModel

from app.delivery.connections import Connection, Connections
from app.delivery.wire import Frames
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


class Signals:
    """Tells connections what passes; one that is behind on messages goes without."""

    def __init__(self, *, connections: Connections, rooms: RoomService, buffer: int) -> None:
        self._connections = connections
        self._rooms = rooms
        self._buffer = buffer

    def on_fact(self, fact: Fact) -> None:
        """Turn a fact into a push to whoever may know."""
        match fact:
            case PresenceChanged(presence):
                self._tell(self._connections.all(), "presence_update", _presence_update(presence))
            case TypingChanged(room, agent_id):
                readers = self._connections.in_room(room)
                others = [reader for reader in readers if reader.agent_id != agent_id]
                self._tell(others, "typing_update", _typing_update(fact))
            case TaskMoved(task):
                self._tell_of_task(TaskUpdated(task=task))
            case TaskProgressed(task, text):
                self._tell_of_task(TaskUpdated(task=task, text=text))
            case TaskCancelAsked(task):
                cancel = TaskCancelled(task_id=task.id)
                self._tell(self._connections.of_agent(task.to), "task_cancel", cancel)
            case _:
                self._tell_of_rooms(fact)

    def _tell_of_task(self, update: TaskUpdated) -> None:
        task = update.task
        concerned = [*self._connections.of_agent(task.to), *self._connections.of_agent(task.requested_by)]
        in_room = self._connections.in_room(task.room)
        # Each once: the assignee is often in the room as well.
        self._tell(dict.fromkeys((*in_room, *concerned)), "task_update", update)

    def _tell_of_rooms(self, fact: Fact) -> None:
        match fact:
            case RoomOpened(room):
                self._tell_members(room, "opened", None)
            case RoomJoined(room, agent_id):
                self._tell_members(room, "joined", agent_id)
            case RoomLeft(room, agent_id):
                self._tell_members(room, "left", agent_id)
                self._tell(self._connections.of_agent(agent_id), "room_update", _gone(room, agent_id, "left"))
            case RoomChanged(room):
                self._tell_members(room, "changed", None)
            case RoomDeleted(room):
                for agent_id in room.members:
                    update = _gone(room, agent_id, "deleted")
                    self._tell(self._connections.of_agent(agent_id), "room_update", update)
            case _:
                pass

    def _tell_members(self, room: Room, action: str, agent_id: str | None) -> None:
        update = RoomUpdated(action=action, room=self._rooms.view(room), agent_id=agent_id)
        self._tell(self._connections.in_room(room.id), "room_update", update)

    def _tell(self, connections: Iterable[Connection], event: str, body: BaseModel) -> None:
        frames = Frames(event, body)
        for connection in connections:
            # Half of the buffer is kept for messages: a signal may be lost, a message not.
            if connection.is_started and connection.wire.backlog() <= self._buffer // 2:
                connection.wire.send(frames.of(connection.wire.dialect))


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
