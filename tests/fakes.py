"""The test's own clock and wire, and a small stage on which a whole relay core plays in one process."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel
from typing_extensions import override

from app.actor import Actor, Via
from app.clock import stamp
from app.core import Core, build_core
from app.delivery.wire import Batch, Dialect, Frame
from app.events import Fact, MessagePosted
from app.settings import Settings
from protocol.acks import Sent
from protocol.addressing import ToType
from protocol.audit import AuditRecord
from protocol.messages import Draft, Message
from protocol.payloads import TextPayload
from protocol.pushes import Closing
from protocol.reliability import RetryPolicy
from protocol.requests import ChatSend, Resume
from protocol.roles import Role
from protocol.rooms import Room, RoomProgress
from storage.memory import MemoryStore
from storage.ports import Append, Outcome, Store, Write

OPERATOR_TOKEN = "a-token-for-tests-only"
TURNS = 40  # more turns of the loop than any chain of the core takes
START = datetime(2026, 1, 1, tzinfo=UTC)


def settings_of(**changes: Any) -> Settings:
    """Return settings that look neither at `.env` nor, for what is named, at the environment."""
    given = {"allowed_hosts": ["relay"], "rate_rest": "100000/second"} | changes
    return Settings(_env_file=None, **given)


async def turns(count: int = TURNS) -> None:
    """Give everything that is ready its turn."""
    for _ in range(count):
        await asyncio.sleep(0)


class FakeClock:
    """A clock that stands until it is told to move; ids count up."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        self.dice = 0.5
        self._ids = 0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.elapsed)

    def stamp(self) -> str:
        return stamp(self.now())

    def monotonic(self) -> float:
        return 1000.0 + self.elapsed

    def new_id(self) -> str:
        self._ids += 1
        return f"made-{self._ids}"

    def roll(self) -> float:
        return self.dice

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.elapsed += seconds


@dataclass(slots=True)
class FakeDialect:
    """Puts events into frames as `(event, body)` and counts how often it had to."""

    frame_size: int = 100
    encoded: list[str] = field(default_factory=list)

    def encode(self, event: str, body: BaseModel) -> Frame:
        self.encoded.append(event)
        return Frame((event, body.model_dump(mode="json", by_alias=True)), self.frame_size)


@dataclass(slots=True)
class FakeWire:
    """A connection's way out that keeps what was sent; `waiting` is the backlog in bytes."""

    dialect: Dialect = field(default_factory=FakeDialect)
    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    closings: list[Closing] = field(default_factory=list)
    waiting: int = 0
    policy: RetryPolicy | None = None

    def send(self, frame: Frame) -> None:
        assert isinstance(frame.packet, tuple)
        self.sent.append(frame.packet)

    def send_all(self, batch: Batch) -> None:
        for frame in batch.frames:
            self.send(frame)

    def backlog(self) -> int:
        return self.waiting

    def close(self, why: Closing) -> None:
        self.closings.append(why)

    def bodies(self, event: str) -> list[dict[str, Any]]:
        """Return the bodies of one kind of event, in order."""
        return [body for name, body in self.sent if name == event]

    def offsets(self, room: str = "global") -> list[int]:
        """Return the offsets of the messages of one room, as sent."""
        return [body["offset"] for body in self.bodies("chat_message") if body["room"] == room]

    def replays(self, room: str = "global") -> list[int]:
        """Return the offsets that were marked as replayed."""
        entries = self.bodies("chat_message")
        return [body["offset"] for body in entries if body["room"] == room and body["replay"]]

    def forget(self) -> None:
        """Begin to record anew."""
        self.sent.clear()


class FlakyStore(MemoryStore):
    """A memory store that counts its commits, can be held and can fail."""

    def __init__(self, *, epoch: str = "first", keep: int = 1000, keep_bytes: int = 4 * 1024 * 1024) -> None:
        super().__init__(epoch=epoch, keep=keep, keep_bytes=keep_bytes)
        self.batches: list[Sequence[Write]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.failure: Exception | None = None
        self.page_failure: Exception | None = None
        self.reads_open = asyncio.Event()
        self.reads_open.set()
        self.is_closed = False
        self.failed = 0

    @override
    async def commit(self, writes: Sequence[Write]) -> list[Outcome]:
        await self.open.wait()
        if self.failure is not None:
            self.failed += 1
            raise self.failure
        self.batches.append(writes)
        return await super().commit(writes)

    @override
    async def page(
        self, room: str, *, after: int | None = None, before: int | None = None, limit: int
    ) -> list[Message]:
        await self.reads_open.wait()
        if self.page_failure is not None:
            raise self.page_failure
        return await super().page(room, after=after, before=before, limit=limit)

    @override
    async def cursors(self, agent_id: str) -> dict[str, int]:
        await self.reads_open.wait()
        return await super().cursors(agent_id)

    @override
    async def close(self) -> None:
        self.is_closed = True


class Ear:
    """Hears the facts that a core publishes."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []

    def __call__(self, fact: Fact) -> None:
        self.facts.append(fact)

    def messages(self) -> list[Message]:
        """Return the messages that were announced, in order."""
        return [fact.message for fact in self.facts if isinstance(fact, MessagePosted)]


@dataclass(slots=True)
class Reader:
    """A connection as the test holds it: its id, its way out and what its welcome would say."""

    id: str
    wire: FakeWire
    rooms: dict[str, RoomProgress]


class Stage:
    """A started core with actors and readers at hand."""

    def __init__(self, core: Core, clock: FakeClock) -> None:
        self.core = core
        self.clock = clock
        self.dialect = FakeDialect()
        self._connections = 0
        self._messages = 0

    @property
    def operator(self) -> Actor:
        """Return the operator's actor."""
        return self.actor("operator")

    def actor(self, agent_id: str) -> Actor:
        """Return an enrolled agent as it acts now."""
        agent = self.core.people.identity.agent(agent_id)
        return Actor(agent.id, agent.handle, agent.role, Via.SOCKET)

    async def enrol(self, agent_id: str, role: Role = Role.WORKER) -> Actor:
        """Enrol an agent and return its actor."""
        await self.core.people.credentials.enrol(self.operator, agent_id=agent_id, role=role)
        return self.actor(agent_id)

    async def records(self) -> list[AuditRecord]:
        """Return the whole audit trail, once the refusals of late are in it too."""
        await turns()
        return await self.core.base.store.audit(limit=100_000)

    async def attach(self, agent_id: str, resume: Resume | None = None) -> Reader:
        """Register a connection of an agent; nothing is sent to it yet."""
        self._connections += 1
        connection_id = f"link-{self._connections}"
        wire = FakeWire(self.dialect)
        rooms = await self.core.readers.delivery.attach(connection_id, self.actor(agent_id), wire, resume)
        return Reader(connection_id, wire, {room.id: room for room in rooms})

    async def connect(self, agent_id: str, resume: Resume | None = None) -> Reader:
        """Register a connection, begin, and let the replay run."""
        reader = await self.attach(agent_id, resume)
        self.core.readers.delivery.begin(reader.id)
        self.core.people.presence.attach(agent_id, reader.id)
        await turns()
        reader.wire.sent = [each for each in reader.wire.sent if each[0] != "presence_update"]
        return reader

    async def say(
        self,
        actor: Actor,
        text: str = "hello",
        *,
        to_type: ToType = "global",
        to_id: str = "global",
        key: str | None = None,
    ) -> Sent:
        """Post a text under a fresh key, or under `key`, and let it be delivered."""
        self._messages += 1
        request = ChatSend(
            id=key or f"m{self._messages}", to_type=to_type, to_id=to_id, payload=TextPayload(text=text)
        )
        sent = await self.core.compose.send(actor, request)
        await turns()
        return sent

    async def say_many(self, actor: Actor, count: int, *, room: str = "global") -> None:
        """Post `count` texts at once."""
        to_type: ToType = "global" if room == "global" else "room"
        await asyncio.gather(
            *(self.say(actor, f"text {n}", to_type=to_type, to_id=room) for n in range(count))
        )

    async def pass_time(self, seconds: float) -> None:
        """Let time pass in one step and look after all connections."""
        self.clock.advance(seconds)
        self.core.readers.delivery.look_after_all()
        await turns()


async def open_stage(store: Store, clock: FakeClock, settings: Settings) -> Stage:
    """Build and start a core; who opens it stops it."""
    core = build_core(settings, store=store, clock=clock)
    await core.start(OPERATOR_TOKEN)
    return Stage(core, clock)


def a_room(room_id: str, *, members: list[str] | None = None, **changes: Any) -> Room:
    """Return a named room."""
    return Room.model_validate(
        {
            "id": room_id,
            "kind": "room",
            "title": room_id,
            "members": members or [],
            "created_at": "2026-01-01T00:00:00.000Z",
            **changes,
        }
    )


def an_append(
    key: str, text: str = "hello", *, room: str = "alpha", sender: str = "ann", size: int = 10
) -> Append:
    """Return the operation that puts a text into a room."""
    draft = Draft(
        id=key,
        room=room,
        ts="2026-01-01T00:00:00.000Z",
        from_id=sender,
        from_handle=sender,
        to_type="room",
        to_id=room,
        payload=TextPayload(text=text),
        dedupe_key=key,
    )
    return Append(draft, hashlib.sha256(f"{room} {text}".encode()).digest(), size)
