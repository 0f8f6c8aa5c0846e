"""`/api/v1/events`: everything that concerns the caller, as server-sent events or, with `wait`, as JSON."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, Field

from app.actor import Actor
from app.clock import Clock
from app.delivery.positions import MAX_LENGTH
from app.delivery.stream import Stream
from app.delivery.streams import Streams
from app.rest.auth import Changing, Reading
from app.rest.bodies import StrictRoute
from app.rest.streaming import EventStream, comment, event_of
from app.rest.waiting import MAX_WAIT
from app.services.audit import AuditService
from protocol.errors import Unavailable
from protocol.pushes import Identity
from protocol.requests import MAX_PAGE, Request
from protocol.rooms import RoomProgress

KEEP_ALIVE = 15.0  # seconds between two signs of life on a stream that has nothing to tell
STORE_AWAY = 1.0  # seconds until the store is asked again
PAGE = 100
# Those that ask something of the agent; they are told to every reader.
ORDERS = frozenset({"task_cancel"})
SIGNALS = ORDERS | {"presence_update", "typing_update", "room_update", "task_update"}

Cursor = Annotated[str, Field(min_length=1, max_length=MAX_LENGTH)]


class Opened(BaseModel):
    """The first event of a stream: in which history it stands, and where it takes up in each room."""

    epoch: str
    server_time: str
    agent: Identity
    rooms: list[RoomProgress]


class Event(BaseModel):
    """Something that happened; `data` has the shape that the event of this name has on the socket."""

    event: str
    data: dict[str, Any]


class Events(BaseModel):
    """What came after a cursor, and the cursor after it; `recovered` is false when history was lost."""

    items: list[Event]
    next: str
    recovered: bool
    epoch: str


class Receipt(Request):
    """Everything before this cursor has arrived."""

    cursor: Cursor


_EVENT = {
    "type": "object",
    "required": ["event", "data"],
    "properties": {
        "id": {"type": "string", "description": "The cursor after this event."},
        "event": {"type": "string"},
        "data": {"type": "string", "description": "JSON, in the shape that the event has on the socket."},
    },
}
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "With `wait` what came, as JSON; without it a stream.",
        "content": {"text/event-stream": {"schema": _EVENT}},
    }
}


class Look(BaseModel):
    """What to tell, from where on, and how."""

    after: Annotated[Cursor | None, Query(description="Go on after this cursor.")] = None
    wait: Annotated[
        float | None,
        Query(ge=0, le=MAX_WAIT, description="Seconds to wait for something; without it a stream opens."),
    ] = None
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = PAGE
    signals: Annotated[
        bool | None,
        Query(description="Presence, typing, changes of rooms and tasks too: without `wait` by default."),
    ] = None

    @property
    def hears(self) -> frozenset[str]:
        """Return the signals to tell."""
        wants = self.wait is None if self.signals is None else self.signals
        return SIGNALS if wants else ORDERS


class EventsApi:
    """The event stream over REST."""

    def __init__(self, *, streams: Streams, audit: AuditService, clock: Clock) -> None:
        self._streams = streams
        self._audit = audit
        self._clock = clock
        self.router = APIRouter(prefix="/events", tags=["events"], route_class=StrictRoute)
        self.router.add_api_route("", self.listen, methods=["GET"], response_model=Events, responses=_STREAM)
        self.router.add_api_route("/ack", self.acknowledge, methods=["POST"], status_code=204)

    async def listen(
        self,
        actor: Reading,
        look: Annotated[Look, Query()],
        last_event_id: Annotated[str | None, Header(description="Goes before `after`.")] = None,
    ) -> Response | Events:
        """Hear what happens in the caller's rooms and inbox: each room in order, nothing left out.

        A cursor that is shown says that everything before it has arrived; without one the relay goes on where
        the agent has last said so. The stream is `text/event-stream`; its events are those of the socket:
        `welcome` first, then `chat_message`, `task_dispatch` and `chat_gap`, each with its cursor as `id`.

        Signals have no `id`: `task_cancel`, and with `signals` `presence_update`, `typing_update`,
        `room_update` and `task_update`, are told to who listens at that moment, and never again.
        """
        stream, rooms = await self._streams.open(actor, last_event_id or look.after, look.hears)
        if look.wait is None:
            return EventStream(
                self._told(stream, rooms),
                end=lambda: self._streams.close(stream),
                cut=self._streams.note_slow,
            )
        try:
            return await self._polled(stream, rooms, look.wait, look.limit)
        finally:
            self._streams.close(stream)

    async def acknowledge(self, actor: Changing, body: Receipt) -> None:
        """Say that everything before a cursor has arrived: without a cursor the relay goes on there."""
        await self._streams.acknowledge(actor, body.cursor)

    async def _polled(self, stream: Stream, rooms: list[RoomProgress], wait: float, limit: int) -> Events:
        # Between two polls an agent is still there.
        self._streams.linger(stream.actor.agent_id)
        until = self._clock.monotonic() + wait
        while not (due := await self._streams.due(stream, limit)) and not stream.is_over():
            left = until - self._clock.monotonic()
            if left <= 0:
                break
            await stream.news(left)
        for each in due:
            stream.passed(each)
        self._streams.linger(stream.actor.agent_id)
        return Events(
            items=[Event(event=each.event, data=orjson.loads(each.json)) for each in due],
            next=self._streams.cursor(stream),
            recovered=all(room.recovered for room in rooms),
            epoch=self._streams.epoch,
        )

    async def _told(self, stream: Stream, rooms: list[RoomProgress]) -> AsyncIterator[str]:
        await self._audit.note(stream.actor, "agent.connect", stream.actor.agent_id)
        yield event_of("welcome", self._opened(stream.actor, rooms), self._streams.cursor(stream))
        while not stream.is_over():
            try:
                due = await self._streams.due(stream, PAGE)
            except Unavailable:
                due = []
                await stream.news(STORE_AWAY)
            for each in due:
                if stream.is_over():
                    break
                stream.passed(each)
                cursor = self._streams.cursor(stream) if each.room is not None else None
                yield event_of(each.event, each.json, cursor)
            if not due and not await stream.news(KEEP_ALIVE):
                yield comment("still here")
        if stream.closing is not None:
            yield event_of("error", stream.closing.model_dump_json(), None)

    def _opened(self, actor: Actor, rooms: list[RoomProgress]) -> str:
        agent = Identity(id=actor.agent_id, handle=actor.handle, role=actor.role)
        now = self._clock.stamp()
        return Opened(epoch=self._streams.epoch, server_time=now, agent=agent, rooms=rooms).model_dump_json()
