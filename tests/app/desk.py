"""A journal on a store of its own."""

import asyncio

from app.background import Background
from app.bus import Bus
from app.events import MessagePosted
from app.journal import Journal
from storage.ports import Receipt
from tests.fakes import Ear, FlakyStore, an_append


def posted(receipt: Receipt) -> tuple[MessagePosted, ...]:
    return tuple(MessagePosted(message) for message in receipt.messages)


class Desk:
    """A journal on a store of its own."""

    def __init__(self) -> None:
        self.store = FlakyStore()
        self.bus = Bus()
        self.ear = Ear()
        self.bus.subscribe(self.ear)
        self.background = Background()
        self.journal = Journal(store=self.store, bus=self.bus, background=self.background)

    def write(self, key: str, text: str = "hello") -> asyncio.Task[Receipt]:
        """Begin to write a message."""
        return asyncio.ensure_future(self.journal.write(an_append(key, text), facts=posted))  # noqa: TID251

    def offsets(self) -> list[int]:
        """Return the offsets that were announced, in order."""
        return [message.offset for message in self.ear.messages()]
