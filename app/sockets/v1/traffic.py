"""`traffic`: what v1 wardens are told of all that passes; what they read of others is recorded first."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from app.actor import Actor
from app.background import Background
from app.clock import Clock
from app.delivery.wire import Frame
from app.events import Fact, MessagePosted, PresenceChanged, RoomJoined, RoomLeft, TaskMoved
from app.journal import Journal
from app.services.audit import AuditService
from app.sockets.sessions import Session
from app.sockets.v1.outgoing import Letters, said_by
from app.sockets.wire import packet_of
from protocol.agents import Presence, Status
from protocol.errors import ClawNetError
from protocol.messages import Message
from protocol.roles import Role
from protocol.rooms import Room
from protocol.tasks import Task, TaskState
from protocol.text import encoded
from protocol.v1 import shown

MAX_WAITING = 1_000

Record = dict[str, Any]
Read = tuple[str, str, int]  # what is recorded of a read: action, target, offset

TASKS: dict[TaskState, str] = {
    TaskState.QUEUED: "dispatch",
    TaskState.DISPATCHED: "dispatch",
    TaskState.NEEDS_APPROVAL: "approval_required",
    TaskState.BLOCKED: "dispatch_rejected",
    TaskState.DENIED: "dispatch_rejected",
    TaskState.RUNNING: "command_ack",
    TaskState.CANCELLING: "task_cancel",
    TaskState.SUCCEEDED: "task_result",
    TaskState.FAILED: "task_result",
    TaskState.TIMED_OUT: "task_result",
    TaskState.CANCELLED: "task_result",
    TaskState.LOST: "task_result",
}


class Traffic:
    """Tells wardens; what comes faster than it can be recorded is not told."""

    def __init__(
        self,
        *,
        sessions: Callable[[], Sequence[Session]],
        journal: Journal,
        audit: AuditService,
        clock: Clock,
        background: Background,
        buffer: int,
    ) -> None:
        self._sessions = sessions
        self._journal = journal
        self._audit = audit
        self._clock = clock
        self._background = background
        self._buffer = buffer
        self._there: set[str] = set()
        self._waiting: deque[tuple[Record, Read | None]] = deque(maxlen=MAX_WAITING)
        self._is_telling = False

    def on_fact(self, fact: Fact) -> None:
        """Hear what happened."""
        match fact:
            case MessagePosted(message):
                if self._sessions():
                    self._tell_of_text(message)
            case TaskMoved(task):
                self._tell_of_task(task)
            case PresenceChanged(presence):
                self._tell_of(presence)
            case RoomJoined(room, agent_id):
                self._tell_of_room("room_join", room, agent_id)
            case RoomLeft(room, agent_id):
                self._tell_of_room("room_leave", room, agent_id)
            case _:
                pass

    def _tell_of_text(self, message: Message) -> None:
        if message.payload.kind != "text":
            return
        said = said_by(message)
        record = {"type": "chat", "from": said["from"], "to": said["to"], "msg": said["msg"]}
        self._tell(record, ("message.read", message.room, message.offset))

    def _tell_of_task(self, task: Task) -> None:
        told = shown(task)
        record = {"type": TASKS[task.state], "task_id": task.id}
        record |= {key: told[key] for key in ("agent_id", "cmd", "status", "trace_id")}
        self._tell(record, ("task.read", task.id, task.attempt))

    def _tell_of(self, presence: Presence) -> None:
        is_there = presence.status is not Status.OFFLINE
        if is_there is (presence.agent_id in self._there):
            return
        (self._there.add if is_there else self._there.discard)(presence.agent_id)
        what = "connect" if is_there else "disconnect"
        self._tell({"type": what, "agent_id": presence.agent_id, "role": presence.role})

    def _tell_of_room(self, what: str, room: Room, agent_id: str) -> None:
        self._tell({"type": what, "agent_id": agent_id, "room": f"#{room.id}"})

    def _tell(self, record: Record, read: Read | None = None) -> None:
        if not self._sessions():
            return
        self._waiting.append(({**record, "ts": self._clock.stamp()}, read))
        if not self._is_telling:
            self._is_telling = True
            self._background.spawn(self._tell_all(), name="v1 traffic")

    async def _tell_all(self) -> None:
        try:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(len(self._waiting))]
                wardens = self._wardens()
                # A read that can't be recorded does not take place.
                await self._record([warden for warden, _ in wardens], [read for _, read in batch if read])
                for _, session in wardens:
                    self._send(session, [record for record, _ in batch])
        except ClawNetError:
            self._waiting.clear()
        finally:
            self._is_telling = False

    async def _record(self, wardens: list[Actor], reads: list[Read]) -> None:
        ops = [
            self._audit.op(warden, action, target, at=at)
            for warden in dict.fromkeys(wardens)
            for action, target, at in reads
        ]
        if ops:
            await self._journal.write(*ops)

    def _send(self, session: Session, records: list[Record]) -> None:
        for record in records:
            if session.wire.backlog() <= self._buffer // 2:
                packet = packet_of("traffic", encoded(record))
                session.wire.send(Frame(Letters((packet,)), packet.size))

    def _wardens(self) -> list[tuple[Actor, Session]]:
        renewed = [(session.dialect.renewed(session.actor), session) for session in self._sessions()]
        return [(actor, session) for actor, session in renewed if actor and actor.role is Role.WARDEN]
