"""What every part of a tab can do."""

from typing import Protocol

from app.events import Fact
from components.routes import Place, View


class Panel(Protocol):
    """One view of a tab: built once when the operator comes, then led from place to place."""

    view: View

    async def go(self, place: Place, /) -> None: ...

    def hear(self, facts: list[Fact], /) -> None: ...

    async def tick(self) -> None: ...
