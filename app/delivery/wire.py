"""What delivery needs of a connection: a way out that never waits, and a language."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from pydantic import BaseModel

from protocol.pushes import Closing
from protocol.reliability import RetryPolicy


class Frame(NamedTuple):
    """An encoded event; `packet` belongs to the transport, `size` is in bytes."""

    packet: object
    size: int


class Batch:
    """Events that go out together, to many readers; `joined` is what a transport makes of them once."""

    __slots__ = ("joined", "packets", "size", "sizes")

    def __init__(self, packets: Sequence[Any], sizes: Sequence[int]) -> None:
        self.packets = packets
        self.sizes = sizes
        self.size = sum(sizes)
        self.joined: bytes | None = None

    def __len__(self) -> int:
        return len(self.packets)

    @property
    def frames(self) -> list[Frame]:
        """Return them one by one."""
        return [Frame(packet, size) for packet, size in zip(self.packets, self.sizes, strict=True)]

    def cut(self, fit: int) -> "Batch":
        """Return the first of them, as far as `fit` bytes reach and one at least."""
        left = fit - self.sizes[0]
        count = 1
        while count < len(self.sizes) and left > 0:
            left -= self.sizes[count]
            count += 1
        return Batch(self.packets[:count], self.sizes[:count])


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
            batch = self._batches[id(dialect)] = _batch_of([event.of(dialect) for event in self._events])
        return batch


def _batch_of(frames: Sequence[Frame]) -> Batch:
    return Batch([frame.packet for frame in frames], [frame.size for frame in frames])
