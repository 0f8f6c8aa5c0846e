"""What the console needs of the relay to find what was said: the port of the search, and what it returns."""

from typing import Protocol

from app.actor import Actor
from protocol.messages import Message


class Hits(Protocol):
    """Messages that were found, newest first; `next` is where the following search goes on."""

    @property
    def messages(self) -> list[Message]: ...

    @property
    def next(self) -> int | None: ...


class Search(Protocol):
    """What was said before."""

    async def search(
        self, actor: Actor, room_id: str, text: str, *, before: int | None = None, limit: int = 50
    ) -> Hits: ...
