"""The table in: what v1 clients may send, and what is done for each; the same services as for everybody."""

from collections.abc import Mapping
from contextlib import suppress

from app.actor import Actor
from app.clock import Clock
from app.coordination import Coordination
from app.services.commands import RunsAt
from app.services.compose import ComposeService
from app.services.identity import OPERATOR, IdentityService
from app.services.presence import PresenceService
from app.services.rooms import RoomService
from app.services.shared_secret import DASHBOARD
from app.services.tasks.targets import ALL
from app.sockets.dispatch import Handler
from app.sockets.sessions import Session
from app.sockets.v1 import bodies, names
from app.sockets.v1.bulletins import Bulletins
from app.sockets.v1.orders import Orders
from protocol.acks import Answer, Done
from protocol.errors import ClawNetError, InvalidRequest, NotFound, RoomExists
from protocol.events import Budget, ClientEvent
from protocol.payloads import TextPayload
from protocol.requests import ChatSend, Report, RoomCreate, TaskDispatch, TaskProgress, TaskResult
from protocol.roles import MASTERS
from protocol.tasks import MAX_OUTPUT
from protocol.v1 import ending_of, role_of, text_command

MAX_PROGRESS = 4_096  # characters of what a running task says of itself

_ROWS = (
    ClientEvent("report", bodies.Report, Done, Budget.SIGNAL, "heartbeat and telemetry"),
    ClientEvent("chat", bodies.Chat, bodies.Taken, Budget.CHAT, "say something"),
    ClientEvent("message", bodies.Chat, bodies.Taken, Budget.CHAT, "the same as `chat`"),
    ClientEvent(
        "dispatch", bodies.Dispatch, Done, Budget.CONTROL, "ask an agent, or `all`, to run a command"
    ),
    ClientEvent("command_ack", bodies.TaskRef, Done, Budget.CATCH_UP, "I took the command"),
    ClientEvent("task_result", bodies.TaskResult, Done, Budget.CATCH_UP, "how far it is, or how it ended"),
    ClientEvent("approve_task", bodies.TaskRef, Done, Budget.CONTROL, "let a risky command run", MASTERS),
    ClientEvent(
        "reassign_role", bodies.Reassignment, Done, Budget.CONTROL, "give an agent another role", MASTERS
    ),
    ClientEvent("agent_hello", bodies.Nothing, Done, Budget.SIGNAL, "say hello"),
    ClientEvent("latency_ping", bodies.Nothing, bodies.Pong, Budget.SIGNAL, "measure the way there and back"),
    ClientEvent("join_room", bodies.RoomRef, Done, Budget.CONTROL, "enter a room, made on first use"),
    ClientEvent("leave_room", bodies.RoomRef, Done, Budget.CONTROL, "leave a room"),
)
EVENTS: dict[str, ClientEvent] = {row.name: row for row in _ROWS}
# Version 1 passed over events that it did not know; they cost what a signal costs and are no mistake.
OTHER = ClientEvent("other", bodies.Nothing, Done, Budget.SIGNAL, "an event of no row")


class FirstAcks:
    """The acks of version 1: `{ok: true}`, or `{ok: false, error}` with words for a person."""

    def ok(self, answer: Answer) -> dict[str, object]:
        """Return the ack's body of an answer."""
        return {"ok": True, **answer.model_dump(mode="json", exclude_none=True)}

    def refusal(self, error: ClawNetError) -> dict[str, object]:
        """Return the ack's body of a refusal."""
        return {"ok": False, "error": str(error)}


class FirstHandlers:
    """What the relay does for each event of version 1."""

    def __init__(
        self,
        *,
        compose: ComposeService,
        rooms: RoomService,
        identity: IdentityService,
        presence: PresenceService,
        work: Coordination,
        orders: Orders,
        bulletins: Bulletins,
        clock: Clock,
    ) -> None:
        self._compose = compose
        self._rooms = rooms
        self._identity = identity
        self._presence = presence
        self._work = work
        self._orders = orders
        self._bulletins = bulletins
        self._clock = clock

    def table(self) -> Mapping[str, Handler]:
        """Return the handler of every event that v1 clients may send."""
        return {
            "report": self.report,
            "chat": self.chat,
            "message": self.chat,
            "dispatch": self.dispatch,
            "command_ack": self.command_ack,
            "task_result": self.task_result,
            "approve_task": self.approve_task,
            "reassign_role": self.reassign_role,
            "agent_hello": self.agent_hello,
            "latency_ping": self.latency_ping,
            "join_room": self.join_room,
            "leave_room": self.leave_room,
            "other": self.other,
        }

    async def report(self, session: Session, report: bodies.Report) -> Done:
        self._presence.hear(session.actor.agent_id)
        self._work.telemetry.hear(session.actor, Report(**report.model_dump(exclude_unset=True)))
        self._bulletins.due_to_all("fleet_update")
        return Done()

    async def chat(self, session: Session, chat: bodies.Chat) -> bodies.Taken:
        actor = session.actor
        to_type, to_id = names.target_of(chat.to)
        if to_type == "room":
            await self._enter(actor, to_id)
        request = ChatSend(
            # An id of its own tells a `localId` from a key that the relay made.
            id=self._clock.new_id(),
            to_type=to_type,
            to_id=self._addressee(to_id),
            payload=TextPayload(text=names.literal(chat.msg)),
            dedupe_key=names.key_of(chat.local_id) if chat.local_id else None,
        )
        sent = await self._compose.send(actor, request)
        return bodies.Taken(deduped=True if sent.duplicate else None)

    async def dispatch(self, session: Session, request: bodies.Dispatch) -> Done:
        to = ALL if request.to == names.EVERYBODY else request.to
        command, args = self._command(request.cmd.strip())
        await self._work.slash.dispatch(session.actor, TaskDispatch(to=[to], command=command, args=args))
        return Done()

    async def command_ack(self, session: Session, request: bodies.TaskRef) -> Done:
        await self._orders.take(session.actor, request.id, session.connection_id)
        return Done()

    async def task_result(self, session: Session, result: bodies.TaskResult) -> Done:
        reports, ending = self._work.reports, ending_of(result.status)
        lease = reports.lease_of(session.actor, result.id)
        if ending is None:
            await self._orders.take(session.actor, result.id, session.connection_id)
            text = result.output[:MAX_PROGRESS] or None
            await reports.progress(session.actor, TaskProgress(task_id=result.id, lease=lease, text=text))
            return Done()
        output, truncated = result.output[:MAX_OUTPUT], len(result.output) > MAX_OUTPUT
        ended = TaskResult(task_id=result.id, lease=lease, state=ending, output=output, truncated=truncated)
        await reports.result(session.actor, ended)
        return Done()

    async def approve_task(self, session: Session, request: bodies.TaskRef) -> Done:
        await self._work.tasks.approve(session.actor, request.id)
        return Done()

    async def reassign_role(self, session: Session, request: bodies.Reassignment) -> Done:
        await self._identity.change_role(session.actor, request.agent_id, role_of(request.role))
        return Done()

    async def agent_hello(self, session: Session, _: bodies.Nothing) -> Done:
        self._presence.hear(session.actor.agent_id)
        return Done()

    async def latency_ping(self, _: Session, __: bodies.Nothing) -> bodies.Pong:
        return bodies.Pong(server_ts=self._clock.stamp())

    async def join_room(self, session: Session, request: bodies.RoomRef) -> Done:
        await self._enter(session.actor, names.room_of(request.room))
        return Done()

    async def leave_room(self, session: Session, request: bodies.RoomRef) -> Done:
        await self._rooms.leave(session.actor, names.room_of(request.room))
        return Done()

    async def other(self, _: Session, __: bodies.Nothing) -> Done:
        raise NotFound("version 1 has no such event")

    async def _enter(self, actor: Actor, room_id: str) -> None:
        if self._rooms.is_member(actor.agent_id, room_id):
            return
        if self._rooms.room(room_id) is None:
            # Two may be the first at once; the second one joins.
            with suppress(RoomExists):
                await self._rooms.create(actor, RoomCreate(room=room_id))
                return
        await self._rooms.join(actor, room_id)

    def _addressee(self, to_id: str) -> str:
        # v1 clients answer commands to its dashboard; without one they mean whoever sits at the console.
        is_nobody = to_id == DASHBOARD and not self._identity.knows(DASHBOARD)
        return OPERATOR if is_nobody else to_id

    def _command(self, cmd: str) -> tuple[str, list[str]]:
        name, _, rest = cmd.removeprefix("/").partition(" ")
        known = {command.name: command for command in self._work.registry.all()}
        command = known.get(name) if cmd.startswith("/") else None
        if command is not None and command.runs_at is RunsAt.AGENT:
            # What does not fit the command is text, as everything was to the old relay.
            with suppress(InvalidRequest):
                return name, list(command.parse(rest))
        return text_command(cmd), [cmd]
