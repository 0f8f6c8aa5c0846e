"""The delivery engine: one loop that sends what comes after a reader's cursor.

Live push, retry after a lost acknowledgement, replay after a reconnect and the catching up of a slow reader
are the same thing: entries after `sent`, in order, as far as the window and the connection's buffer allow.
"""

import asyncio
import logging

from app.actor import Actor
from app.background import Background
from app.clock import Clock
from app.delivery.connections import Connection, Connections
from app.delivery.entries import push_of
from app.delivery.farewells import SLOW, TOO_SLOW, token_is
from app.delivery.pace import Pace
from app.delivery.progress import Progress
from app.delivery.recent import Recent
from app.delivery.resuming import taken_up
from app.delivery.wire import Wire
from app.events import Fact, MessagePosted, RoomDeleted, RoomJoined, RoomLeft, RoomOpened, TokenClosed
from app.services.rooms import RoomService
from app.tally import Tally
from protocol.errors import NotFound, Unavailable
from protocol.messages import Message
from protocol.pushes import ChatGap
from protocol.reliability import Cursor
from protocol.requests import Resume
from protocol.rooms import Room, RoomProgress
from storage.ports import Log

PAGE = 100
TICK = 0.1  # seconds between two looks at overdue acknowledgements
PATIENCE = 5.0  # seconds for which a connection's buffer may stay full
_log = logging.getLogger("clawnet.delivery")


class Delivery:
    """Serves every connection from the log; a stopped reader costs a window and a buffer, no more."""

    def __init__(
        self,
        *,
        log: Log,
        progress: Progress,
        rooms: RoomService,
        connections: Connections,
        clock: Clock,
        background: Background,
        pace: Pace,
        tally: Tally,
    ) -> None:
        self._log = log
        self._progress = progress
        self._rooms = rooms
        self._connections = connections
        self._clock = clock
        self._background = background
        self._pace = pace
        self._tally = tally
        self._recent = Recent()
        self._posted_in: dict[str, None] = {}

    def start(self) -> None:
        """Begin to watch for overdue acknowledgements."""
        self._background.spawn(self._watch(), name="delivery")

    async def attach(
        self, connection_id: str, actor: Actor, wire: Wire, resume: Resume | None
    ) -> list[RoomProgress]:
        """Register a connection and say where it takes up; nothing is sent before `begin`."""
        kept = await self._progress.of_agent(actor.agent_id)
        # No await from here on: a message posted in between would find nobody to wake.
        connection = Connection(connection_id, actor.agent_id, wire, actor.token_id)
        rooms = self._rooms.of_agent(actor.agent_id)
        taken_up = [self._take_up(connection, room, kept, resume) for room in rooms]
        self._connections.add(connection)
        return taken_up

    def begin(self, connection_id: str) -> None:
        """Start to send: first what is behind, then what comes."""
        if connection := self._connections.get(connection_id):
            connection.is_started = True
            connection.open_rooms.update(connection.cursors)
            self._wake(connection)

    def detach(self, connection_id: str) -> None:
        """Forget a connection; its agent's cursors stay."""
        self._connections.remove(connection_id)

    def acknowledge(self, connection_id: str, room: str, offset: int) -> None:
        """Move a reader's cursor; everything up to `offset` has arrived.

        Raises:
            NotFound: this connection does not read such a room.
        """
        connection = self._connections.get(connection_id)
        cursor = connection.cursors.get(room) if connection else None
        if connection is None or cursor is None:
            raise NotFound("no such room", field="room")
        if cursor.acknowledge(offset, self._clock.monotonic()):
            self._progress.note(connection.agent_id, room, cursor.acked)
            self._settle(connection, room, cursor)

    def take(self, connection_id: str, room: str, offset: int) -> None:
        """Note that a reader has taken one entry: not cumulative, its cursor moves over what has no hole."""
        connection = self._connections.get(connection_id)
        if connection is not None and room in connection.cursors:
            self.acknowledge(connection_id, room, connection.taken_up_to(room, offset))

    def on_fact(self, fact: Fact) -> None:
        """Send what was posted and follow who is in which room."""
        if isinstance(fact, MessagePosted):
            self._recent.add(fact.message)
            self._posted_in[fact.message.room] = None
            return
        # Who leaves hears what was said before.
        self.on_settled()
        if isinstance(fact, TokenClosed):
            self._shut(fact)
        else:
            self._follow(fact)

    def on_settled(self) -> None:
        """Send what was posted since the last time: together, not one after the other."""
        if self._posted_in:
            rooms, self._posted_in = self._posted_in, {}
            for room in rooms:
                self._push(room)
                self._recent.settle(room, is_read=bool(self._connections.in_room(room)))

    def _follow(self, fact: Fact) -> None:
        match fact:
            case RoomOpened(room):
                for agent_id in room.members:
                    self._enter(agent_id, room, room.head)
            case RoomJoined(room, agent_id):
                self._enter(agent_id, room, room.head)
            case RoomLeft(room, agent_id):
                for connection in self._connections.of_agent(agent_id):
                    self._connections.leave(connection, room.id)
            case RoomDeleted(room):
                for connection in tuple(self._connections.in_room(room.id)):
                    self._connections.leave(connection, room.id)
                self._progress.forget(room.id)
                self._recent.forget(room.id)

    def look_after_all(self) -> None:
        """Send again what was not acknowledged in time and cut off who is too slow; one step of the watch."""
        now = self._clock.monotonic()
        for connection in [each for each in self._connections.all() if each.open_rooms]:
            self._look_after(connection, now)

    def _push(self, room: str) -> None:
        now = self._clock.monotonic()
        for connection in self._connections.in_room(room):
            connection.open_rooms.add(room)
            cursor = connection.cursors[room]
            if not self._send_recent(connection, room, cursor, now) and cursor.room() > 0:
                self._wake(connection)

    def _take_up(
        self, connection: Connection, room: Room, kept: dict[str, int], resume: Resume | None
    ) -> RoomProgress:
        bounds = self._log.bounds(room.id)
        progress = taken_up(room, bounds, self._log.epoch, kept.get(room.id, 0), resume)
        connection.cursors[room.id] = self._cursor(connection.wire, progress.cursor, bounds.head)
        return progress

    def _enter(self, agent_id: str, room: Room, offset: int) -> None:
        for connection in self._connections.of_agent(agent_id):
            self._connections.enter(connection, room.id, self._cursor(connection.wire, offset, offset))
            # What was stored between the reading of the head and the join was announced before.
            connection.open_rooms.add(room.id)
            self._wake(connection)

    def _cursor(self, wire: Wire, acked: int, live_from: int) -> Cursor:
        policy = wire.policy or self._pace.policy
        return Cursor(acked=acked, live_from=live_from, window=self._pace.window, policy=policy)

    def _is_ready(self, connection: Connection) -> bool:
        return connection.is_started and connection.wire.backlog() <= self._pace.buffer

    def _wake(self, connection: Connection) -> None:
        if connection.is_started and not connection.is_pumping and self._goes_on(connection):
            connection.is_pumping = True
            self._background.spawn(self._pump(connection), name="pump")

    def _goes_on(self, connection: Connection) -> bool:
        """Send what is at hand; tell whether there is more, for which the log must be read."""
        now = self._clock.monotonic()
        while room := self._next_room(connection):
            cursor = connection.cursors[room]
            is_kept = cursor.sent + 1 >= self._log.bounds(room).oldest
            if not is_kept or not self._send_recent(connection, room, cursor, now):
                return True
        return False

    def _send_recent(self, connection: Connection, room: str, cursor: Cursor, now: float) -> bool:
        """Send the next entries if they are at hand; tell whether any were sent."""
        first, wire, space = cursor.sent + 1, connection.wire, cursor.room()
        fit = self._pace.buffer - wire.backlog()
        if space <= 0 or fit < 0 or not connection.is_started or cursor.is_replay(first):
            return False
        batch = self._recent.batch(room, first, space, wire.dialect, fit)
        if batch is None:
            return False
        wire.send_all(batch)
        cursor.push(cursor.sent + len(batch), now)
        self._tally.deliveries += len(batch)
        return True

    async def _pump(self, connection: Connection) -> None:
        try:
            while room := self._next_room(connection):
                await self._pump_page(connection, room)
                # The writer of this connection, and everybody else, gets a turn between two pages.
                await asyncio.sleep(0)
        except Unavailable:
            # The store is away: the watch wakes this connection again.
            pass
        finally:
            connection.is_pumping = False

    def _next_room(self, connection: Connection) -> str | None:
        if not self._is_ready(connection):
            return None
        return next((room for room in connection.open_rooms if self._is_behind(connection, room)), None)

    def _is_behind(self, connection: Connection, room: str) -> bool:
        cursor = connection.cursors[room]
        return cursor.room() > 0 and cursor.sent < self._log.bounds(room).head

    async def _pump_page(self, connection: Connection, room: str) -> None:
        cursor = connection.cursors[room]
        since = cursor.sent
        page = await self._log.page(room, after=since, limit=min(PAGE, cursor.room()))
        # While the page was read the reader may have left the room, gone, or gone back.
        if connection.cursors.get(room) is not cursor or cursor.sent != since:
            return
        oldest = page[0].offset if page else self._log.bounds(room).head + 1
        if oldest > since + 1:
            self._tell_gap(connection, room, cursor, oldest)
        self._send_page(connection, cursor, page)

    def _tell_gap(self, connection: Connection, room: str, cursor: Cursor, oldest: int) -> None:
        gap = ChatGap(room=room, since=cursor.sent + 1, oldest=oldest)
        connection.wire.send(connection.wire.dialect.encode("chat_gap", gap))
        cursor.skip(oldest)

    def _send_page(self, connection: Connection, cursor: Cursor, page: list[Message]) -> None:
        now = self._clock.monotonic()
        for message in page:
            if not self._is_ready(connection):
                return
            is_replay = cursor.is_replay(message.offset)
            entry = message.model_copy(update={"replay": True}) if is_replay else message
            connection.wire.send(connection.wire.dialect.encode(*push_of(entry)))
            cursor.push(message.offset, now)
            self._tally.passed(late=is_replay)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            self.look_after_all()

    def _look_after(self, connection: Connection, now: float) -> None:
        if self._is_stuck(connection, now) or not self._retry_overdue(connection, now):
            self._cut(connection)
            return
        for room in tuple(connection.open_rooms):
            self._settle(connection, room, connection.cursors[room])

    def _is_stuck(self, connection: Connection, now: float) -> bool:
        if connection.wire.backlog() <= self._pace.buffer:
            connection.blocked_since = None
            return False
        connection.blocked_since = connection.blocked_since or now
        return now - connection.blocked_since >= PATIENCE

    def _retry_overdue(self, connection: Connection, now: float) -> bool:
        overdue = [connection.cursors[room] for room in connection.open_rooms]
        return all(cursor.go_back(now) for cursor in overdue if cursor.is_overdue(now))

    def _cut(self, connection: Connection) -> None:
        self._connections.remove(connection.id)
        _log.warning("a slow reader was cut off", extra={"agent": connection.agent_id, "reason": SLOW})
        connection.wire.close(TOO_SLOW)

    def _shut(self, closed: TokenClosed) -> None:
        for connection in self._connections.of_agent(closed.agent_id):
            if connection.token_id == closed.token_id:
                self._connections.remove(connection.id)
                connection.wire.close(token_is(closed.why))

    def _settle(self, connection: Connection, room: str, cursor: Cursor) -> None:
        if cursor.acked >= self._log.bounds(room).head:
            connection.open_rooms.discard(room)
        else:
            self._wake(connection)
