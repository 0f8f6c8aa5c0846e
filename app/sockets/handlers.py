"""One method an event of the table: from the request to the service and back."""

from collections.abc import Awaitable, Mapping

from app.coordination import Coordination
from app.delivery.engine import Delivery
from app.services.chat import ChatService
from app.services.compose import ComposeService
from app.services.identity import IdentityService
from app.services.posting import Posting
from app.services.presence import PresenceService
from app.services.rooms import RoomService
from app.sockets.dispatch import Handler
from app.sockets.sessions import Session
from protocol import requests
from protocol.acks import (
    Commands,
    Deleted,
    Dispatched,
    Done,
    HandleAnswer,
    History,
    ResultTaken,
    RoomAnswer,
    RoomsAnswer,
    Sent,
    TaskAnswer,
)
from protocol.addressing import inbox_room

_DONE = Done()


class Handlers:
    """What the relay does for each event."""

    def __init__(
        self,
        *,
        compose: ComposeService,
        chat: ChatService,
        rooms: RoomService,
        identity: IdentityService,
        presence: PresenceService,
        delivery: Delivery,
        work: Coordination,
    ) -> None:
        self._compose = compose
        self._chat = chat
        self._rooms = rooms
        self._identity = identity
        self._presence = presence
        self._delivery = delivery
        self._work = work

    def table(self) -> Mapping[str, Handler]:
        """Return the handler of every event that clients may send."""
        served: dict[str, Handler] = {
            "chat_send": self.chat_send,
            "chat_ack": self.chat_ack,
            "chat_history": self.chat_history,
            "chat_delete": self.chat_delete,
            "chat_typing": self.chat_typing,
            "room_create": self.room_create,
            "room_join": self.room_join,
            "room_leave": self.room_leave,
            "room_invite": self.room_invite,
            "room_kick": self.room_kick,
            "room_update": self.room_update,
            "room_list": self.room_list,
            "presence_set": self.presence_set,
            "handle_set": self.handle_set,
            "report": self.report,
            "task_dispatch": self.task_dispatch,
            "task_ack": self.task_ack,
            "task_progress": self.task_progress,
            "task_result": self.task_result,
            "task_cancel": self.task_cancel,
            "task_approve": self.task_approve,
            "task_deny": self.task_deny,
            "commands_list": self.commands_list,
        }
        return served

    def chat_send(self, session: Session, request: requests.ChatSend) -> Posting | Awaitable[Sent | Posting]:
        return self._compose.submit(session.actor, request)

    def chat_ack(self, session: Session, request: requests.ChatAck) -> Done:
        self._delivery.acknowledge(session.connection_id, request.room, request.offset)
        return _DONE

    async def chat_history(self, session: Session, request: requests.ChatHistory) -> History:
        return await self._chat.history(session.actor, request)

    async def chat_delete(self, session: Session, request: requests.ChatDelete) -> Deleted:
        return await self._chat.delete(session.actor, request)

    async def chat_typing(self, session: Session, request: requests.ChatTyping) -> Done:
        self._chat.typing(session.actor, request)
        return Done()

    async def room_create(self, session: Session, request: requests.RoomCreate) -> RoomAnswer:
        return RoomAnswer(room=await self._rooms.create(session.actor, request))

    async def room_join(self, session: Session, request: requests.RoomJoin) -> RoomAnswer:
        return RoomAnswer(room=await self._rooms.join(session.actor, request.room))

    async def room_leave(self, session: Session, request: requests.RoomLeave) -> RoomAnswer:
        return RoomAnswer(room=await self._rooms.leave(session.actor, request.room))

    async def room_invite(self, session: Session, request: requests.RoomInvite) -> RoomAnswer:
        return RoomAnswer(room=await self._rooms.invite(session.actor, request))

    async def room_kick(self, session: Session, request: requests.RoomKick) -> RoomAnswer:
        return RoomAnswer(room=await self._rooms.kick(session.actor, request))

    async def room_update(self, session: Session, request: requests.RoomUpdate) -> RoomAnswer:
        return RoomAnswer(room=await self._rooms.update(session.actor, request))

    async def room_list(self, session: Session, _: requests.RoomList) -> RoomsAnswer:
        return RoomsAnswer(rooms=await self._rooms.listed(session.actor))

    async def presence_set(self, session: Session, request: requests.PresenceSet) -> Done:
        self._presence.choose(session.actor.agent_id, request)
        return Done()

    async def handle_set(self, session: Session, request: requests.HandleSet) -> HandleAnswer:
        actor = session.actor
        agent = await self._identity.rename(actor, actor.agent_id, request.handle)
        return HandleAnswer(handle=agent.handle)

    async def report(self, session: Session, request: requests.Report) -> Done:
        self._presence.hear(session.actor.agent_id)
        self._work.telemetry.hear(session.actor, request)
        return Done()

    async def task_dispatch(self, session: Session, request: requests.TaskDispatch) -> Dispatched:
        return await self._work.slash.dispatch(session.actor, request)

    async def task_ack(self, session: Session, request: requests.TaskAck) -> Done:
        actor, link = session.actor, session.connection_id
        offset = await self._work.reports.acknowledge(actor, request.task_id, request.lease, holder=link)
        # Who takes its order has it: no second word is needed for the inbox.
        self._delivery.take(link, inbox_room(actor.agent_id), offset)
        return Done()

    async def task_progress(self, session: Session, request: requests.TaskProgress) -> Done:
        await self._work.reports.progress(session.actor, request)
        return Done()

    async def task_result(self, session: Session, request: requests.TaskResult) -> ResultTaken:
        return await self._work.reports.result(session.actor, request)

    async def task_cancel(self, session: Session, request: requests.TaskCancel) -> TaskAnswer:
        task = await self._work.tasks.cancel(session.actor, request.task_id, request.reason)
        return TaskAnswer(task=task)

    async def task_approve(self, session: Session, request: requests.TaskApprove) -> TaskAnswer:
        return TaskAnswer(task=await self._work.tasks.approve(session.actor, request.task_id))

    async def task_deny(self, session: Session, request: requests.TaskDeny) -> TaskAnswer:
        task = await self._work.tasks.deny(session.actor, request.task_id, request.reason)
        return TaskAnswer(task=task)

    async def commands_list(self, session: Session, _: requests.CommandsList) -> Commands:
        return Commands(commands=self._work.slash.commands(session.actor))
