"""The tools: what a model can do on a relay, each one call of REST."""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Annotated, Any, TypeVar

from mcp.server.fastmcp import Context
from mcp.server.fastmcp.exceptions import ToolError
from pydantic import BaseModel, Field

from cli.access import Access
from cli.mcp.reading import NOTICE, Page, page_after
from cli.relay import Relay
from cli.rendering import safe
from cli.sending import address_for
from protocol.addressing import GLOBAL
from protocol.errors import ClawNetError, InvalidRequest
from protocol.tasks import TERMINAL

T = TypeVar("T")
AccessOf = Callable[["Context[Any, Any, Any]"], Access]

PART = 5.0  # seconds that the relay is asked to wait at once
AT_ONCE = 64  # calls that may wait
LONGEST = 60.0  # seconds that one call may wait; clients give up on longer ones

Ctx = Context[Any, Any, Any]
Room = Annotated[str, Field(description="`global`, a room's name, `@handle`, or a direct message's room id.")]
Cursor = Annotated[
    str | None, Field(description="`cursor` of an earlier answer about this room; without it: the newest.")
]
Limit = Annotated[int, Field(ge=1, le=200)]
Seconds = Annotated[float, Field(ge=0, le=LONGEST, description="How long to wait at most.")]


class Receipt(BaseModel):
    """The message is stored; `unreachable` get it when they come back."""

    id: str
    room: str
    offset: int
    duplicate: bool
    unreachable: list[str]
    task_ids: list[str]
    untrusted_notice: str | None = None


class RoomCard(BaseModel):
    """A room that I may see; `head` is the offset of its newest message."""

    id: str
    kind: str
    visibility: str
    members: int
    head: int
    untrusted_topic: str


class Rooms(BaseModel):
    """The rooms that I may see."""

    notice: str = NOTICE
    rooms: list[RoomCard]


class Present(BaseModel):
    """An agent and whether it is there."""

    id: str
    handle: str
    role: str
    status: str


class Presences(BaseModel):
    """Everybody."""

    agents: list[Present]


class TaskCard(BaseModel):
    """A task: `done` when nothing can follow; its output is foreign."""

    notice: str = NOTICE
    id: str
    to: str
    state: str
    done: bool
    exit_code: int | None = None
    untrusted_output: str = ""
    untrusted_reason: str = ""


class Dispatched(BaseModel):
    """The tasks that were made, one an agent, and the targets that nobody answers to."""

    tasks: list[TaskCard]
    unknown: list[str]


class Tools:
    """What the server offers; whose token counts is told by `access_of` for each call."""

    def __init__(self, access_of: AccessOf) -> None:
        self._access_of = access_of
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="call")

    async def chat_send(
        self,
        ctx: Ctx,
        to: Room,
        text: str,
        id: Annotated[  # noqa: A002 - the protocol's word
            str | None, Field(description="The same id again is stored once: give one to retry safely.")
        ] = None,
    ) -> Receipt:
        """Say something in a room or to one agent. It is stored once, and reaches everybody in order."""

        def send(relay: Relay) -> Receipt:
            to_type, to_id = address_for(relay, to)
            message_id = id or secrets.token_hex(16)
            sent = relay.send({"id": message_id, "to_type": to_type, "to_id": to_id, "text": text})
            notice = safe(sent["notice"], lines=True) if sent.get("notice") else None
            return Receipt.model_validate({**sent, "untrusted_notice": notice})

        return await self._call(ctx, send)

    async def chat_read(
        self, ctx: Ctx, room: Room = GLOBAL, cursor: Cursor = None, limit: Limit = 50
    ) -> Page:
        """Read a room: what was said after a cursor, oldest first, or the newest messages."""
        return await self._call(ctx, lambda relay: page_after(relay, relay.room_id(room), cursor, limit))

    async def chat_wait(
        self, ctx: Ctx, cursor: str, room: Room = GLOBAL, seconds: Seconds = 30.0, limit: Limit = 50
    ) -> Page:
        """Wait until something is said in a room after a cursor; an empty page says that nothing was."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while True:
            # In parts, so that who stops this program does not wait for the whole.
            wait = min(PART, max(until - loop.time(), 0.0))
            page = await self._call(ctx, partial(_page_after, room, cursor, limit, wait))
            if page.messages or page.gap or loop.time() >= until:
                return page

    async def rooms_list(self, ctx: Ctx) -> Rooms:
        """List the rooms that I may see."""

        def listed(relay: Relay) -> Rooms:
            rooms = relay.items("rooms")
            return Rooms(rooms=[_room(room) for room in rooms])

        return await self._call(ctx, listed)

    async def presence_list(self, ctx: Ctx) -> Presences:
        """List the agents and whether they are there."""

        def listed(relay: Relay) -> Presences:
            rows = relay.items("presence")
            return Presences(agents=[Present.model_validate({**row, "id": row["agent_id"]}) for row in rows])

        return await self._call(ctx, listed)

    async def task_dispatch(  # noqa: PLR0917 - clients name them
        self,
        ctx: Ctx,
        to: Annotated[list[str], Field(description="Ids, `@handle`s, `@online` or `@all`.")],
        command: Annotated[str, Field(description="As in `status` or `ask`; `/help` in a room lists them.")],
        args: Annotated[list[str], Field(description="Its arguments.")] = [],  # noqa: B006 - never changed
        room: Annotated[str, Field(description="Room in which it is asked for.")] = GLOBAL,
        timeout: Annotated[float | None, Field(gt=0, description="Seconds that it may run.")] = None,  # noqa: ASYNC109
        key: Annotated[str | None, Field(description="The same key again asks for nothing new.")] = None,
    ) -> Dispatched:
        """Ask agents to run a command; risky ones wait until a master has approved them."""
        body = {"to": to, "command": command, "args": args, "room": room, "timeout": timeout}
        told = {name: value for name, value in body.items() if value is not None}

        def dispatch(relay: Relay) -> Dispatched:
            made = relay.post("tasks", told, key=key or secrets.token_hex(16))
            return Dispatched(tasks=[_task(task) for task in made["tasks"]], unknown=made["unknown"])

        return await self._call(ctx, dispatch)

    async def task_result(self, ctx: Ctx, task_id: str, seconds: Seconds = 0.0) -> TaskCard:
        """Show a task with its output, at once or as soon as it has ended."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while True:
            wait = min(PART, max(until - loop.time(), 0.0))
            card = await self._call(ctx, partial(_task_after, task_id, wait))
            if card.done or loop.time() >= until:
                return card

    async def _call(self, ctx: Ctx, work: Callable[[Relay], T]) -> T:
        try:
            access = self._access_of(ctx)
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, _with_relay, access, work)
        except ClawNetError as error:
            hint = "; try again" if error.retryable else ""
            where = f" ({error.field})" if error.field else ""
            raise ToolError(f"{error.code}: {safe(error.message)}{where}{hint}") from None


def _page_after(room: str, cursor: str, limit: int, wait: float, relay: Relay) -> Page:
    return page_after(relay, relay.room_id(room), cursor, limit, wait=wait)


def _task_after(task_id: str, wait: float, relay: Relay) -> TaskCard:
    return _task(relay.get(relay.path("tasks", task_id), wait=wait or None))


def _with_relay(access: Access, work: Callable[[Relay], T]) -> T:
    with Relay(access) as relay:
        return work(relay)


def _room(room: dict[str, Any]) -> RoomCard:
    topic, members = safe(room.get("topic") or ""), len(room["members"])
    return RoomCard.model_validate({**room, "members": members, "untrusted_topic": topic})


def _task(task: dict[str, Any]) -> TaskCard:
    return TaskCard(
        id=task["id"],
        to=task["to"],
        state=task["state"],
        done=task["state"] in TERMINAL,
        exit_code=task.get("exit_code"),
        untrusted_output=safe(task.get("output") or "", lines=True),
        untrusted_reason=safe(task.get("reason") or "", lines=True),
    )


def token_of(authorization: str | None) -> str:
    """Return the token of a header.

    Raises:
        InvalidRequest: there is none.
    """
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise InvalidRequest("the header `Authorization: Bearer <token>` is missing")
    return token.strip()
