"""What delivery needs of a connection: a way out that never waits, and a language."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from pydantic import BaseModel

from protocol.pushes import Closing
from protocol.reliability import RetryPolicy


class Frame(NamedTuple):
    """An encoded event; `packet` belongs to the transport, `size` is in bytes."""

    packet: object
    size: int


class Batch:
    """Frames that go out together, to many readers; `joined` is what a transport makes of them once."""

    __slots__ = ("frames", "joined", "size")

    def __init__(self, frames: Sequence[Frame]) -> None:
        self.frames = frames
        self.size = sum(frame.size for frame in frames)
        self.joined: bytes | None = None

    def cut(self, fit: int) -> "Batch":
        """Return the first of them, as far as `fit` bytes reach and one at least."""
        left = fit - self.frames[0].size
        count = 1
        while count < len(self.frames) and left > 0:
            left -= self.frames[count].size
            count += 1
        return Batch(self.frames[:count])


class Dialect(Protocol):
    """How events are put into frames; one instance a version of the protocol."""

    def encode(self, event: str, body: BaseModel) -> Frame: ...


class Wire(Protocol):
    """One connection's way out."""

    @property
    def dialect(self) -> Dialect: ...

    @property
    def policy(self) -> RetryPolicy | None:
        """Return when what is not acknowledged is sent again; None leaves that to delivery's pace."""
        ...

    def send(self, frame: Frame) -> None:
        """Queue a frame; never waits."""
        ...

    def send_all(self, batch: Batch) -> None:
        """Queue some frames; never waits."""
        ...

    def backlog(self) -> int:
        """Return how many bytes are queued and not yet with the operating system."""
        ...

    def close(self, why: Closing) -> None:
        """Say why, then close; never waits."""
        ...


class Frames:
    """One event for many readers: encoded once a dialect, not once a reader."""

    __slots__ = ("_body", "_event", "_frames")

    def __init__(self, event: str, body: BaseModel) -> None:
        self._event = event
        self._body = body
        # There are two dialects, and mostly one is spoken.
        self._frames: tuple[tuple[Dialect, Frame], ...] = ()

    def of(self, dialect: Dialect) -> Frame:
        """Return the frame in this dialect."""
        for spoken, frame in self._frames:
            if spoken is dialect:
                return frame
        frame = dialect.encode(self._event, self._body)
        self._frames = (*self._frames, (dialect, frame))
        return frame


class Batches:
    """Some events for many readers: joined once a dialect."""

    def __init__(self, events: Sequence[Frames]) -> None:
        self._events = events
        self._batches: dict[int, Batch] = {}

    def of(self, dialect: Dialect) -> Batch:
        """Return them in this dialect."""
        batch = self._batches.get(id(dialect))
        if batch is None:
            batch = self._batches[id(dialect)] = Batch([event.of(dialect) for event in self._events])
        return batch
