"""What the console needs of the relay: narrow ports, and the one record that carries them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from app.actor import Actor, Via
from app.events import Fact
from app.services.credentials import Issued
from app.services.limits import BudgetUse
from app.services.persistence import Persistence
from app.services.telemetry import Telemetry
from app.settings import Settings
from protocol.acks import CommandInfo, Deleted, History, Sent
from protocol.admissions import Application
from protocol.agents import Agent, Presence
from protocol.audit import AuditRecord, Break
from protocol.errors import ClawNetError
from protocol.events import Budget
from protocol.requests import ChatDelete, ChatHistory, ChatSend, ChatTyping, RoomCreate
from protocol.roles import Role
from protocol.rooms import Room
from protocol.tasks import Task
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


class Compose(Protocol):
    """The way a message is said."""

    async def send(self, actor: Actor, request: ChatSend) -> Sent: ...


class Chat(Protocol):
    """What was said."""

    async def history(self, actor: Actor, request: ChatHistory) -> History: ...

    async def delete(self, actor: Actor, request: ChatDelete) -> Deleted: ...

    def typing(self, actor: Actor, request: ChatTyping) -> None: ...


class PresenceBook(Protocol):
    """Who is there."""

    def everyone(self) -> list[Presence]: ...

    def attach(self, agent_id: str, connection_id: str) -> None: ...

    def detach(self, agent_id: str, connection_id: str) -> None: ...


class Tasks(Protocol):
    """What agents were asked to run."""

    def listed(self, actor: Actor) -> list[Task]: ...

    def see(self, actor: Actor, task_id: str) -> Task: ...

    def may_see(self, actor: Actor, task: Task) -> bool: ...

    async def cancel(self, actor: Actor, task_id: str, reason: str = "") -> Task: ...

    async def approve(self, actor: Actor, task_id: str) -> Task: ...

    async def deny(self, actor: Actor, task_id: str, reason: str = "") -> Task: ...


class Retrying(Protocol):
    """How a task that has ended is run once more."""

    async def retry(self, actor: Actor, task_id: str, *, key: str | None = None) -> Task: ...


class Slash(Protocol):
    """What can be typed."""

    def commands(self, actor: Actor) -> list[CommandInfo]: ...


class Halting(Protocol):
    """How agents are stopped."""

    async def pause(self, actor: Actor, who: str, reason: str = "") -> list[str]: ...


class Pausing(Protocol):
    """Who is stopped, and how they go on."""

    async def resume(self, actor: Actor, who: str) -> None: ...

    def paused(self) -> dict[str, str]: ...

    def is_paused(self, agent_id: str) -> bool: ...


class Reported(Protocol):
    """What agents say of themselves."""

    def of(self, actor: Actor, agent_id: str) -> Telemetry: ...


class Coordination(Protocol):
    """Commands, tasks, and the brakes."""

    @property
    def tasks(self) -> Tasks: ...

    @property
    def retrying(self) -> Retrying: ...

    @property
    def slash(self) -> Slash: ...

    @property
    def halting(self) -> Halting: ...

    @property
    def pausing(self) -> Pausing: ...

    @property
    def telemetry(self) -> Reported: ...


class RecentLogs(Protocol):
    """The newest lines of the relay's log."""

    def records(self, actor: Actor, *, limit: int, search: str = "") -> list[dict[str, Any]]: ...


class Limits(Protocol):
    """How often somebody may ask."""

    def take(self, key: str, budget: Budget) -> None: ...

    def use(self) -> list[BudgetUse]: ...


class Facts(Protocol):
    """Where facts are heard."""

    def subscribe(self, listener: Callable[[Fact], None]) -> Callable[[], None]: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Console:
    """The services behind the console; `allowed_origins` may open its socket beside its own host."""

    entry: Entry
    credentials: Credentials
    identity: Identity
    rooms: Rooms
    compose: Compose
    chat: Chat
    presence: PresenceBook
    admission: Admission
    audit: Audit
    stores: Stores
    work: Coordination
    logs: RecentLogs
    limits: Limits
    settings: Settings
    bus: Facts
    version: str
    allowed_origins: frozenset[str] = frozenset()
    monotonic: Callable[[], float] = time.monotonic
