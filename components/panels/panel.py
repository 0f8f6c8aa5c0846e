"""What every part of a tab can do."""

from typing import Protocol

from app.events import Fact, MessagePosted, TypingChanged
from components.routes import Place, View


class Panel(Protocol):
    """One view of a tab: built once when the operator comes, then led from place to place."""

    view: View

    async def go(self, place: Place, /) -> None: ...

    def hear(self, facts: list[Fact], /) -> None: ...

    async def tick(self) -> None: ...


def is_talk(facts: list[Fact]) -> bool:
    """Tell whether nothing but talk has happened, of which no panel shows anything."""
    return all(isinstance(fact, MessagePosted | TypingChanged) for fact in facts)
