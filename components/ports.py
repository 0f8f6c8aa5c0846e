"""What the console needs of the relay: narrow ports, and the one record that carries them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from app.actor import Actor, Via
from app.events import Fact
from protocol.acks import Deleted, History, Sent
from protocol.agents import Agent, Presence
from protocol.events import Budget
from protocol.requests import ChatDelete, ChatHistory, ChatSend, ChatTyping, RoomCreate
from protocol.rooms import Room


class Credentials(Protocol):
    """Whose a token is."""

    async def authenticate(self, token: str, via: Via, address: str | None = None) -> Actor: ...

    def actor_of(self, token_id: str, via: Via, address: str | None = None) -> Actor | None: ...


class Identity(Protocol):
    """Which agents there are."""

    def agents(self) -> list[Agent]: ...


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


class Limits(Protocol):
    """How often somebody may ask."""

    def take(self, key: str, budget: Budget) -> None: ...


class Unlimited:
    """Lets everything through, for who counts elsewhere."""

    def take(self, key: str, budget: Budget) -> None:
        """Count nothing."""


class Facts(Protocol):
    """Where facts are heard."""

    def subscribe(self, listener: Callable[[Fact], None]) -> Callable[[], None]: ...


_UNLIMITED = Unlimited()


@dataclass(frozen=True, kw_only=True, slots=True)
class Console:
    """The services behind the console; `allowed_origins` may open its socket beside its own host."""

    credentials: Credentials
    identity: Identity
    rooms: Rooms
    compose: Compose
    chat: Chat
    presence: PresenceBook
    bus: Facts
    version: str
    limits: Limits = _UNLIMITED
    allowed_origins: frozenset[str] = frozenset()
    monotonic: Callable[[], float] = time.monotonic
