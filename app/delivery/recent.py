"""The newest entries as they went out: who is a window behind gets them without reading or encoding anew."""

from collections import OrderedDict
from collections.abc import Iterator

from app.delivery.entries import push_of
from app.delivery.wire import Frames
from protocol.messages import Message
from protocol.payloads import RedactionPayload, TextPayload

MOST = 2048  # entries of all rooms together
MOST_TEXT = 4 * 1024 * 1024  # characters of their texts


class Recent:
    """Frames of entries that were pushed lately, by their places; what was taken back is not among them."""

    def __init__(self, most: int = MOST, most_text: int = MOST_TEXT) -> None:
        self._most = most
        self._left = most_text
        self._frames: OrderedDict[tuple[str, int], tuple[Frames, int]] = OrderedDict()

    def add(self, message: Message) -> Frames:
        """Return the frames of a new entry, and keep them for a while if it is a text."""
        frames = Frames(*push_of(message))
        payload = message.payload
        if isinstance(payload, TextPayload):
            self._keep((message.room, message.offset), frames, len(payload.text))
        elif isinstance(payload, RedactionPayload):
            self._drop((message.room, payload.target_offset))
        return frames

    def run(self, room: str, first: int, limit: int) -> Iterator[Frames]:
        """Yield the frames of at most `limit` entries from `first` on, up to the first that is not kept."""
        for offset in range(first, first + limit):
            if (kept := self._frames.get((room, offset))) is None:
                return
            yield kept[0]

    def forget(self, room: str) -> None:
        """Let go of a room."""
        for place in [place for place in self._frames if place[0] == room]:
            self._drop(place)

    def _keep(self, place: tuple[str, int], frames: Frames, size: int) -> None:
        self._frames[place] = (frames, size)
        self._left -= size
        while len(self._frames) > self._most or self._left < 0:
            self._drop(next(iter(self._frames)))

    def _drop(self, place: tuple[str, int]) -> None:
        if (kept := self._frames.pop(place, None)) is not None:
            self._left += kept[1]
