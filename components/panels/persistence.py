"""Persistence in the settings: where everything is kept, how much, and the way to another store."""

from dataclasses import asdict

from typing_extensions import override

from app.services.permissions import Operation
from app.services.persistence import Persistence
from components import asks
from components.panels.answers import Answer, Answers, Table, failure
from components.panels.parts import Part
from components.pictures import rules
from components.render import label
from components.upkeep import Upkeep
from components.views import elements
from protocol.errors import ClawNetError

RECOUNT = 15  # looks after which everything is counted anew


class PersistencePart(Part):
    """Where everything is kept, and the way to another store."""

    def __init__(self, upkeep: Upkeep) -> None:
        self._upkeep = upkeep
        table: Table = {"test": (asks.Address, self._test), "switch": (asks.Address, self._switch)}
        self._persistence = elements.Persistence(ask=Answers(upkeep, table))
        self._answers = True
        self._counts: dict[str, int] | None = None
        self._looks = 0

    @override
    def draw(self) -> None:
        """Show the store of the day."""
        try:
            shown = self._pictured(self._upkeep.store())
        except ClawNetError as error:
            shown = failure(error)
        self._persistence.draw("show", shown)

    @override
    async def tick(self) -> None:
        """Ask the store as well: that the last write went well says nothing of now."""
        self._answers = await self._upkeep.store_answers()
        if self._answers and self._looks % RECOUNT == 0:
            await self._count()
        self._looks += 1
        self.draw()

    async def _count(self) -> None:
        try:
            self._counts = asdict(await self._upkeep.counts())
        except ClawNetError:
            self._counts = None  # the part as a whole says why

    async def _test(self, ask: asks.Address) -> Answer:
        seconds = await self._upkeep.try_out(ask.address.strip())
        return {"ms": round(seconds * 1000)}

    async def _switch(self, ask: asks.Address) -> Answer:
        now = self._pictured(await self._upkeep.switch(ask.address.strip()))
        self._persistence.draw("show", now)
        return now

    def _pictured(self, store: Persistence) -> Answer:
        return {
            "address": label(store.address),
            "durability": store.durability,
            "epoch": store.epoch,
            "writable": store.writable and self._answers,
            "pinned": store.pinned,
            "size": store.size,
            "counts": self._counts,
            "backs_up": self._upkeep.may(Operation.STORE_BACKUP),
            "switches": self._upkeep.may(Operation.PERSISTENCE_SET),
            "retention": rules.settings(self._upkeep.settings_now(), rules.RETENTION),
        }
