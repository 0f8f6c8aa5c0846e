"""What the console needs of the relay: narrow ports, and the one record that carries them."""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from app.actor import Actor, Via
from app.clock import SystemClock
from app.events import Fact
from app.services.credentials import Issued
from app.services.limits import BudgetUse
from app.services.persistence import Persistence
from app.services.runtime_settings import SettingView
from app.services.upkeep import Counts
from app.settings import Settings
from components.finding import Search
from components.work_ports import Coordination
from protocol.acks import Deleted, History, Sent
from protocol.admissions import Application
from protocol.agents import Agent, Presence
from protocol.audit import AuditRecord, Break
from protocol.errors import ClawNetError
from protocol.events import Budget
from protocol.messages import Message
from protocol.requests import (
    ChatDelete,
    ChatHistory,
    ChatSend,
    ChatTyping,
    RoomCreate,
    RoomInvite,
    RoomKick,
    RoomUpdate,
)
from protocol.roles import Role
from protocol.rooms import Room
from protocol.tokens import TokenInfo
from storage.ports import HandleRecord


class Entry(Protocol):
    """Whose a token is."""

    async def authenticate(self, token: str, via: Via, address: str | None = None) -> Actor: ...

    def actor_of(self, token_id: str, via: Via, address: str | None = None) -> Actor | None: ...


class Credentials(Protocol):
    """How tokens come and go."""

    def listed(self, actor: Actor, agent_id: str | None = None) -> list[TokenInfo]: ...

    async def enrol(
        self, actor: Actor, *, agent_id: str, handle: str | None = None, role: Role = Role.WORKER
    ) -> Issued: ...

    async def issue(self, actor: Actor, agent_id: str, lifetime: float | None = None) -> Issued: ...

    async def rotate(self, actor: Actor, token_id: str, overlap: float = 600.0) -> Issued: ...

    async def revoke(self, actor: Actor, token_id: str) -> TokenInfo: ...


class Identity(Protocol):
    """Which agents there are, and what they are called."""

    def agents(self) -> list[Agent]: ...

    def agent(self, agent_id: str) -> Agent: ...

    async def rename(self, actor: Actor, agent_id: str, handle: str) -> Agent: ...

    async def change_role(self, actor: Actor, agent_id: str, role: Role) -> Agent: ...

    def handle_history(self, agent_id: str) -> list[HandleRecord]: ...


class Admission(Protocol):
    """Who waits to be let in."""

    def waiting(self, actor: Actor) -> list[Application]: ...

    async def admit(self, actor: Actor, application_id: str, role: Role = Role.WORKER) -> Application: ...

    async def deny(self, actor: Actor, application_id: str) -> Application: ...


class Audit(Protocol):
    """What was done."""

    async def note(self, actor: Actor, action: str, target: str = "", **detail: str | int) -> None: ...

    def refused(self, actor: Actor | None, action: str, error: ClawNetError, address: str | None) -> None: ...

    async def page(
        self, actor: Actor, *, after: int = 0, before: int | None = None, limit: int = 100
    ) -> list[AuditRecord]: ...

    async def verify(self, actor: Actor) -> tuple[int, Break | None]: ...


class Stores(Protocol):
    """Where everything is kept."""

    def show(self, actor: Actor) -> Persistence: ...

    async def test(self, actor: Actor, address: str) -> None: ...

    async def switch(self, actor: Actor, address: str) -> Persistence: ...


class Rooms(Protocol):
    """Which rooms there are, and who is in them."""

    async def listed(self, actor: Actor) -> list[Room]: ...

    def visible_to(self, actor: Actor) -> list[Room]: ...

    def see(self, actor: Actor, room_id: str) -> Room: ...

    async def create(self, actor: Actor, request: RoomCreate) -> Room: ...

    async def join(self, actor: Actor, room_id: str) -> Room: ...

    async def leave(self, actor: Actor, room_id: str) -> Room: ...

    async def update(self, actor: Actor, request: RoomUpdate) -> Room: ...

    async def invite(self, actor: Actor, request: RoomInvite) -> Room: ...

    async def kick(self, actor: Actor, request: RoomKick) -> Room: ...

    async def delete(self, actor: Actor, room_id: str) -> None: ...


class Compose(Protocol):
    """The way a message is said."""

    async def send(self, actor: Actor, request: ChatSend) -> Sent: ...


class Chat(Protocol):
    """What was said."""

    async def history(self, actor: Actor, request: ChatHistory) -> History: ...

    async def message(self, actor: Actor, room_id: str, message_id: str) -> Message: ...

    async def delete(self, actor: Actor, request: ChatDelete) -> Deleted: ...

    def typing(self, actor: Actor, request: ChatTyping) -> None: ...


class PresenceBook(Protocol):
    """Who is there."""

    def everyone(self) -> list[Presence]: ...

    def attach(self, agent_id: str, connection_id: str) -> None: ...

    def detach(self, agent_id: str, connection_id: str) -> None: ...


class Positions(Protocol):
    """How far agents have read, by their own word."""

    async def of_agent(self, agent_id: str) -> dict[str, int]: ...


class RecentLogs(Protocol):
    """The newest lines of the relay's log."""

    def records(self, actor: Actor, *, limit: int, search: str = "") -> list[dict[str, Any]]: ...


class Limits(Protocol):
    """How often somebody may ask."""

    def take(self, key: str, budget: Budget) -> None: ...

    def use(self) -> list[BudgetUse]: ...


class Changeable(Protocol):
    """Settings that may be changed while the relay runs."""

    @property
    def current(self) -> Settings: ...

    def all(self, actor: Actor) -> list[SettingView]: ...

    async def replace(
        self, actor: Actor, changes: Mapping[str, Any], guard: Callable[[list[SettingView]], None]
    ) -> list[SettingView]: ...


class Maintenance(Protocol):
    """What is done to the relay itself."""

    @property
    def can_restart(self) -> bool: ...

    async def disconnect(self, actor: Actor, agent_id: str) -> int: ...

    def connections(self, actor: Actor) -> dict[str, int]: ...

    async def purge(self, actor: Actor, days: float) -> int: ...

    async def restart(self, actor: Actor) -> None: ...

    async def counts(self, actor: Actor) -> Counts: ...


class Moving(Protocol):
    """How everything is taken elsewhere."""

    async def backup(self, actor: Actor) -> AsyncIterator[bytes]: ...


class Views(Protocol):
    """The queries that operators keep."""

    def of(self, actor: Actor) -> dict[str, str]: ...

    async def save(self, actor: Actor, name: str, query: str) -> None: ...

    async def forget(self, actor: Actor, name: str) -> None: ...


class Facts(Protocol):
    """Where facts are heard."""

    def subscribe(self, listener: Callable[[Fact], None]) -> Callable[[], None]: ...


def _now() -> datetime:
    return SystemClock().now()


@dataclass(frozen=True, kw_only=True, slots=True)
class Console:
    """The services behind the console; `allowed_origins` may open its socket beside its own host."""

    entry: Entry
    credentials: Credentials
    identity: Identity
    rooms: Rooms
    compose: Compose
    chat: Chat
    search: Search
    presence: PresenceBook
    positions: Positions
    admission: Admission
    audit: Audit
    stores: Stores
    work: Coordination
    logs: RecentLogs
    limits: Limits
    settings: Settings
    changeable: Changeable
    upkeep: Maintenance
    moving: Moving
    views: Views
    bus: Facts
    version: str
    allowed_origins: frozenset[str] = frozenset()
    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = _now
    begun: datetime = field(default_factory=_now)
