"""A direct way for tests, and what was to leave on it."""

from collections.abc import Callable

from app.delivery.wire import Frame
from app.sockets.outgoing import EventPacket


class FakeDirect:
    """A direct way that remembers what it was told."""

    def __init__(self) -> None:
        self.is_writable = True
        self.is_reading = True
        self.written: list[bytes] = []
        self.hear: Callable[[str | bytes | None], None] = lambda _: None
        self.resumed: Callable[[], None] = lambda: None

    def attach(self, hear: Callable[[str | bytes | None], None], resumed: Callable[[], None]) -> None:
        self.hear, self.resumed = hear, resumed

    def write(self, frames: bytes) -> None:
        self.written.append(frames)

    def pause_reading(self) -> None:
        self.is_reading = False

    def resume_reading(self) -> None:
        self.is_reading = True


def text_of(frame: Frame) -> str:
    """Return an event as Engine.IO writes it."""
    assert isinstance(frame.packet, bytes)
    return EventPacket(frame.packet).encode()
