"""The agent: what its author writes against. Reliability is underneath and needs no attention."""

import asyncio
import re
import secrets
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeVar, overload

from typing_extensions import override

from protocol import acks
from protocol.acks import Answer, History, Sent
from protocol.addressing import ToType
from protocol.client.asking import address_for, message_to, request_of, text_payload
from protocol.client.hearing import Hearing
from protocol.client.keeping import Disk, Memory
from protocol.client.running import Commands, Offer, Work
from protocol.client.session import Pace, Session
from protocol.client.tasking import Tasking
from protocol.errors import ClawNetError, Unavailable
from protocol.messages import Message
from protocol.payloads import TextPayload
from protocol.pushes import Welcome
from protocol.roles import Role
from protocol.rooms import Room, Visibility

A = TypeVar("A", bound=Answer)

_NAMED = re.compile(r"(?<![\w@])@([a-z0-9][a-z0-9_-]*)")


class Agent(Tasking, Hearing):
    """One agent on one relay.

    Register handlers, then `run()`; or `async with agent:` inside a program of your own. Handlers are async,
    run one at a time and in order, and may call anything here. A message counts as processed, and is
    acknowledged, when its handlers have returned: one that takes longer than a few seconds should do its work
    in a task of its own. A message can come twice, across restarts of this process; then it has `replay` set.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str,
        state: str | Path | None = None,
        name: str = "clawnet-sdk",
        version: str = "",
        pace: Pace | None = None,
    ) -> None:
        """Make an agent; with `state`, a file's path, outbox, cursors and results outlive this process.

        Raises:
            Conflict: another process uses the state. InvalidRequest: it can't be used.
        """
        hello = {"protocol": 2, "token": token, "client": {"name": name, "version": version}}
        keep = Memory() if state is None else Disk(Path(state))
        self._session = Session(url.rstrip("/"), hello, pace=pace or Pace(), keep=keep)
        self._commands = Commands(self, keep, is_alone=lambda: self._handlers.count("task_dispatch") == 1)
        super().__init__(self._session.handlers)

    def on_command(self, name: str, *, help: str = "", risk: Literal[0, 1, 2] = 2) -> Callable[[Work], Work]:  # noqa: A002
        """Offer `/name`: the decorated function runs each such task once and returns its output.

        It gets a `Run` and may take as long as the task's timeout. The task is taken, its lease is kept, and
        the result handed in until the relay has it; an exception makes it `failed`, a cancel cancels the
        function. With `state`, a task that was begun before a crash is reported as interrupted, never rerun.
        """

        def offered(work: Work) -> Work:
            if self._commands.is_empty:
                self._session.work = self._commands
                self.on_welcome(self._commands.announce)
                self.on_task(self._commands.take)
                self.on_task_cancel(self._commands.cancel)
            self._commands.offer(Offer(name, help, risk, work))
            return work

        return offered

    def run(self) -> None:
        """Live on the relay until SIGINT, SIGTERM or `close`.

        Raises:
            ClawNetError: the relay refused for good.
        """
        with suppress(KeyboardInterrupt):
            asyncio.run(self._run())

    async def connect(self, *, within: float | None = None) -> None:
        """Connect, trying for ever or for `within` seconds.

        Raises:
            ClawNetError: the relay refused for good, or could not be reached in time (Unavailable).
        """
        await self._session.start(within)

    async def wait(self) -> None:
        """Stay until `close`.

        Raises:
            ClawNetError: the relay refused for good.
        """
        await self._session.ended()

    async def close(self) -> None:
        """Finish the handler at work, send what waits, acknowledge and leave, all within a few seconds."""
        await self._session.stop()

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def id(self) -> str:
        """Return the agent's own id."""
        return self._welcome.agent.id

    @property
    def handle(self) -> str:
        """Return the agent's handle, as it was at the last connect."""
        return self._welcome.agent.handle

    @property
    def role(self) -> Role:
        """Return the agent's role, as it was at the last connect."""
        return self._welcome.agent.role

    @property
    def epoch(self) -> str:
        """Return the epoch of the relay's history; another one means that offsets began anew."""
        return self._welcome.server.epoch

    @property
    def _welcome(self) -> Welcome:
        if self._session.welcome is None:
            raise Unavailable("the agent has not been connected yet")
        return self._session.welcome

    @overload
    async def send(
        self,
        room: str,
        text: str,
        *,
        id: str | None = None,
        reply_to: str | None = None,
        mentions: Sequence[str] = (),
        wait: Literal[True] = True,
    ) -> Sent: ...

    @overload
    async def send(
        self,
        room: str,
        text: str,
        *,
        id: str | None = None,
        reply_to: str | None = None,
        mentions: Sequence[str] = (),
        wait: Literal[False],
    ) -> str: ...

    async def send(
        self,
        room: str,
        text: str,
        *,
        id: str | None = None,  # noqa: A002 - the envelope's own word
        reply_to: str | None = None,
        mentions: Sequence[str] = (),
        wait: bool = True,
    ) -> Sent | str:
        """Say something in a room: `global`, a room's name, `@handle`, or the `room` of a message.

        The message is kept and sent again, with the same id, until the relay has stored or refused it, for as
        long as this process lives; stopping to wait does not take it back. What is sent is stored in the
        order of the calls. `mentions` are agent ids. With `wait=False` return the message's id at once.

        Raises:
            ClawNetError: the relay refused for good, or the message breaks a rule.
            OverflowError: too many messages wait already.
        """
        message_id = id if id is not None else secrets.token_hex(16)
        payload = text_payload(text, reply_to, mentions)
        sent = self._session.sender.post(message_to(self._address(room), message_id, payload))
        if wait:
            return await asyncio.shield(sent)
        sent.add_done_callback(self._report)
        return message_id

    async def typing(self, room: str, *, typing: bool = True) -> None:
        """Show that I write in a room, or have stopped."""
        to_type, to_id = self._address(room)
        await self.ask("chat_typing", acks.Done, to_type=to_type, to_id=to_id, typing=typing)

    async def delete(self, room: str, message_id: str, reason: str) -> int:
        """Take a message of mine out of sight; return the offset of the removal."""
        return (await self.ask("chat_delete", acks.Deleted, room=room, id=message_id, reason=reason)).offset

    async def history(
        self,
        room: str,
        *,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
        limit: int = 50,
    ) -> History:
        """Read one page of a room, oldest first: the newest, or what the one anchor given says."""
        return await self.ask(
            "chat_history", History, room=room, before=before, after=after, around=around, limit=limit
        )

    async def rooms(self) -> list[Room]:
        """List the rooms that I may see."""
        return (await self.ask("room_list", acks.RoomsAnswer)).rooms

    async def create_room(
        self, room: str, *, topic: str = "", visibility: Visibility = "public", members: Sequence[str] = ()
    ) -> Room:
        """Make a room that I own."""
        return await self._ask_room(
            "room_create", room=room, topic=topic, visibility=visibility, members=list(members)
        )

    async def join(self, room: str) -> Room:
        """Enter a public room, or one that I am invited to."""
        return await self._ask_room("room_join", room=room)

    async def leave(self, room: str) -> Room:
        """Leave a room."""
        return await self._ask_room("room_leave", room=room)

    async def invite(self, room: str, agent_id: str) -> Room:
        """Let another agent into a room of mine."""
        return await self._ask_room("room_invite", room=room, agent_id=agent_id)

    async def set_presence(self, status: Literal["online", "idle"], note: str | None = None) -> None:
        """Say whether I am at work."""
        await self.ask("presence_set", acks.Done, status=status, note=note)

    async def set_handle(self, handle: str) -> str:
        """Ask for another handle; return it as it is now."""
        return (await self.ask("handle_set", acks.HandleAnswer, handle=handle)).handle

    @override
    async def ask(self, event: str, answer: type[A], **fields: object) -> A:
        """Make any request of PROTOCOL_v2, once, and return its answer.

        Raises:
            ClawNetError: the relay refused, or did not answer in time (Unavailable).
        """
        return await self._session.ask(event, request_of(event, fields), answer)

    async def _ask_room(self, event: str, **fields: object) -> Room:
        return (await self.ask(event, acks.RoomAnswer, **fields)).room

    def _address(self, room: str) -> tuple[ToType, str]:
        welcome = self._session.welcome
        return address_for(room, viewer=welcome.agent.id if welcome else None)

    @override
    def _is_meant(self, message: Message) -> bool:
        payload = message.payload
        if not isinstance(payload, TextPayload) or message.from_id == self.id:
            return False
        return self.id in payload.mentions or self.handle in _NAMED.findall(payload.text.lower())

    def _report(self, sent: asyncio.Future[Sent]) -> None:
        if not sent.cancelled() and isinstance(error := sent.exception(), ClawNetError):
            self._session.failed(error)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        # Windows has no signal handlers in its loop, and only the main thread may have some.
        with suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(signal.SIGTERM, self._session.say_stop)
        async with self:
            await self.wait()
