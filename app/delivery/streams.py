"""Streams: readers that pull what comes after their own cursor and hold no window, for HTTP.

The client keeps its place in all rooms as one cursor and shows it when it comes back; to show it says that
everything before has arrived. A stream that is not read costs the relay a page and no more.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from app.actor import Actor
from app.clock import Clock
from app.delivery import positions
from app.delivery.farewells import SLOW
from app.delivery.positions import Position
from app.delivery.progress import Progress
from app.delivery.stream import Due, Stream
from app.delivery.tail import Encoded, Tail, encode
from app.events import Fact, MessagePosted, RoomDeleted, RoomJoined, RoomLeft, RoomOpened, TokenClosed
from app.services.presence import PresenceService
from app.services.rooms import RoomService
from app.tally import Tally
from protocol.addressing import inbox_room
from protocol.errors import RateLimited, Unauthenticated, Unavailable
from protocol.messages import Message
from protocol.pushes import ChatGap, Closing
from protocol.rooms import Room, RoomProgress
from storage.ports import Log

LINGER = 90.0  # seconds for which an agent that polls counts as there after a poll
PAGE_BYTES = 1024 * 1024  # of one room's entries in one reading, as JSON
_POLLS = "polls"  # the connection that presence counts for an agent between its polls


class Streams:
    """The streams that are open."""

    def __init__(
        self,
        *,
        log: Log,
        rooms: RoomService,
        progress: Progress,
        presence: PresenceService,
        clock: Clock,
        tally: Tally,
        per_agent: int,
        per_address: int,
    ) -> None:
        self._log = log
        self._rooms = rooms
        self._progress = progress
        self._presence = presence
        self._clock = clock
        self._tally = tally
        self._per_agent = per_agent
        self._per_address = per_address
        self._open: set[Stream] = set()
        self._lingering: dict[str, asyncio.TimerHandle] = {}
        self._tail = Tail()

    @property
    def epoch(self) -> str:
        """Return in which history all of them stand."""
        return self._log.epoch

    async def open(
        self, actor: Actor, cursor: str | None, hears: frozenset[str] = frozenset()
    ) -> tuple[Stream, list[RoomProgress]]:
        """Let an agent read from its cursor on, or from the one that the relay keeps; close it in the end.

        Of signals it is told those that it `hears`.

        Raises:
            InvalidRequest: not a cursor. RateLimited: the agent, or its address, has too many open.
        """
        position = positions.decode(cursor) if cursor is not None else None
        self._check_number(actor)
        stream = Stream(self._clock.new_id(), actor, hears=hears)
        # Nobody has to hear that it came itself.
        self._presence.attach(actor.agent_id, stream.id)
        # Before the first await: a token that is revoked meanwhile must find the stream.
        self._open.add(stream)
        try:
            kept = await self._progress.of_agent(actor.agent_id)
        except BaseException:
            self.close(stream)
            raise
        rooms = [self._take_up(stream, room, position, kept) for room in self._rooms.of_agent(actor.agent_id)]
        if position is not None:
            self._tally.resumed(rooms)
        return stream, rooms

    @contextmanager
    def watching(self, actor: Actor, room: str) -> Iterator[Stream]:
        """Let somebody wait for news of one room; who waits need not be in it, and is not there for that.

        Raises:
            RateLimited: the agent, or its address, has too many streams open.
        """
        self._check_number(actor)
        stream = Stream(self._clock.new_id(), actor, offsets={room: 0})
        self._open.add(stream)
        try:
            yield stream
        finally:
            self._forget(stream)

    def close(self, stream: Stream) -> None:
        """Forget a stream."""
        self._forget(stream)
        self._presence.detach(stream.actor.agent_id, stream.id)

    def note_slow(self) -> None:
        """Note that a stream was cut off, because its reader took nothing."""
        self._tally.disconnects[SLOW] += 1

    def linger(self, agent_id: str) -> None:
        """Let an agent that polls count as there until it has had time to come again."""
        self._presence.attach(agent_id, _POLLS)
        if timer := self._lingering.pop(agent_id, None):
            timer.cancel()
        loop = asyncio.get_running_loop()
        self._lingering[agent_id] = loop.call_later(LINGER, self._go_away, agent_id)

    async def acknowledge(self, actor: Actor, cursor: str) -> None:
        """Note that everything before a cursor has arrived.

        Raises:
            InvalidRequest: not a cursor.
        """
        position = positions.decode(cursor)
        for room in self._rooms.of_agent(actor.agent_id):
            self._note(actor, room.id, position)

    def cursor(self, stream: Stream) -> str:
        """Return where a stream stands."""
        return positions.encode(self._log.epoch, stream.offsets)

    async def due(self, stream: Stream, limit: int) -> list[Due]:
        """Return at most about `limit` things that come after where a stream stands.

        Raises:
            Unavailable: the store is away.
        """
        due: list[Due] = []
        for room in stream.next_rooms():
            if len(due) >= limit:
                # There may be more: nobody is to wait for news before looking again.
                stream.wake()
                break
            due += await self._due_in(stream, room, limit - len(due))
        self._tally.deliveries += len(due)
        # Last, because they are not told again if the store is away.
        return due + stream.signals()

    def on_fact(self, fact: Fact) -> None:
        """Wake whom it concerns, and end what must end."""
        match fact:
            case MessagePosted(message):
                if self._open:
                    self._said(message)
            case TokenClosed(token_id, agent_id, why):
                reason = Closing(
                    code=Unauthenticated.code, message=f"the token is {why}", retryable=False, reason=why
                )
                for stream in self.of_agent(agent_id):
                    if stream.actor.token_id == token_id:
                        stream.close(reason)
            case _:
                self._follow(fact)

    def _said(self, message: Message) -> None:
        self._tail.add(message)
        for stream in self._open:
            if message.room in stream.offsets:
                stream.wake()

    def shut(self) -> None:
        """End all streams: the relay stops."""
        why = Closing(code=Unavailable.code, message="the relay stops; come back", reason="restart")
        for stream in self._open:
            stream.close(why)

    def of_agent(self, agent_id: str) -> Iterable[Stream]:
        """Return an agent's streams."""
        return [stream for stream in self._open if stream.agent_id == agent_id]

    def in_room(self, room: str) -> Iterable[Stream]:
        """Return the streams that read a room."""
        return [stream for stream in self._open if room in stream.offsets]

    def all(self) -> Iterable[Stream]:
        """Return every stream."""
        return self._open

    def __len__(self) -> int:
        return len(self._open)

    def _follow(self, fact: Fact) -> None:
        match fact:
            case RoomOpened(room):
                for agent_id in room.members:
                    self._enter(agent_id, room)
            case RoomJoined(room, agent_id):
                self._enter(agent_id, room)
            case RoomLeft(room, agent_id):
                for stream in self.of_agent(agent_id):
                    stream.leave(room.id)
            case RoomDeleted(room):
                self._tail.forget(room.id)
                for stream in self._open:
                    stream.leave(room.id)
            case _:
                pass

    def _forget(self, stream: Stream) -> None:
        self._open.discard(stream)
        if not self._open:
            # While nobody listens nothing is encoded, and nothing kept.
            self._tail = Tail()

    def _go_away(self, agent_id: str) -> None:
        self._lingering.pop(agent_id, None)
        self._presence.detach(agent_id, _POLLS)

    def _enter(self, agent_id: str, room: Room) -> None:
        for stream in self.of_agent(agent_id):
            stream.enter(room.id, room.head)

    def _check_number(self, actor: Actor) -> None:
        of_agent = sum(stream.actor.agent_id == actor.agent_id for stream in self._open)
        of_address = sum(stream.actor.address == actor.address for stream in self._open)
        if of_agent >= self._per_agent or of_address >= self._per_address:
            raise RateLimited("too many event streams", retry_after=5.0)

    def _note(self, actor: Actor, room: str, position: Position) -> None:
        offset = position.of(room)
        if offset is not None and position.epoch == self._log.epoch:
            self._progress.note(actor.agent_id, room, min(offset, self._log.bounds(room).head))

    def _take_up(
        self, stream: Stream, room: Room, position: Position | None, kept: dict[str, int]
    ) -> RoomProgress:
        bounds = self._log.bounds(room.id)
        same_history = position is None or position.epoch == self._log.epoch
        known = kept.get(room.id, 0)
        if position is not None and same_history:
            self._note(stream.actor, room.id, position)
            shown = position.of(room.id)
            known = known if shown is None else shown
        # A client that claims more than there is would wait for ever.
        cursor = min(known, bounds.head) if same_history else bounds.oldest - 1
        stream.offsets[room.id], stream.live_from[room.id] = cursor, bounds.head
        return RoomProgress(
            id=room.id,
            kind=room.kind,
            title=room.title,
            head=bounds.head,
            oldest=bounds.oldest,
            cursor=cursor,
            recovered=same_history and bounds.oldest - 1 <= known <= bounds.head,
        )

    async def _due_in(self, stream: Stream, room: str, limit: int) -> list[Due]:
        since = stream.offsets.get(room)
        if since is None or since >= self._log.bounds(room).head:
            return []
        if since >= stream.live_from[room] and (run := self._tail.run(room, since, limit)):
            return [Due(*entry, room, since + n) for n, entry in enumerate(run, 1)]
        page = await self._log.page(room, after=since, limit=limit)
        # While the page was read the reader may have been put out of the room.
        if stream.offsets.get(room) != since or not self._may_read(stream, room):
            return []
        due = self._gap(room, since, page)
        size = 0
        for message in page:
            event, body = self._encoded(stream, message)
            due.append(Due(event, body, room, message.offset))
            size += len(body)
            if size >= PAGE_BYTES:
                break
        stream.wake()
        return due

    def _gap(self, room: str, since: int, page: list[Message]) -> list[Due]:
        oldest = page[0].offset if page else self._log.bounds(room).head + 1
        if oldest <= since + 1:
            return []
        gap = ChatGap(room=room, since=since + 1, oldest=oldest)
        return [Due("chat_gap", gap.model_dump_json(), room, oldest - 1)]

    def _encoded(self, stream: Stream, message: Message) -> Encoded:
        is_late = message.offset <= stream.live_from.get(message.room, 0)
        self._tally.replays += is_late
        return encode(message.model_copy(update={"replay": True}) if is_late else message)

    def _may_read(self, stream: Stream, room: str) -> bool:
        agent_id = stream.actor.agent_id
        return room == inbox_room(agent_id) or self._rooms.is_member(agent_id, room)
