"""WebSocket frames taken off the wire one by one (RFC 6455, 5.2).

Nearly all that agents send are whole, masked, short texts, which need no state to be read. Whatever else
comes is for a library to understand, which is given the bytes of one frame at a time.
"""

from collections.abc import Iterator

from websockets.frames import Opcode, apply_mask  # type: ignore[attr-defined]  # the fastest it has

WHOLE_TEXT = 0x80 | Opcode.TEXT
_MASKED = 0x80
_MASK = 4  # bytes


class NotTold(Exception):
    """A frame is longer than anybody may send, or not masked: from here on no frame is told from the next."""

    def __init__(self, rest: bytes) -> None:
        super().__init__()
        self.rest = rest


class FrameReader:
    """Cuts what a client sends into frames; `longest` is what one of them may carry, in bytes."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._rest = b""

    def cut(self, data: bytes) -> Iterator[tuple[bytes, int]]:
        """Yield every frame that has come whole, with the place of its body in it.

        The beginning of a frame waits for the next call.

        Raises:
            NotTold: with everything that was not yielded.
        """
        data = self._rest + data if self._rest else data
        self._rest = b""
        at = 0
        end = len(data)
        while at + 2 <= end:
            size, begin = data[at + 1] ^ _MASKED, at + 2
            if size > 125:
                begin += _LENGTHS.get(size, 0)
                size = int.from_bytes(data[at + 2 : begin], "big") if begin > at + 2 else self._longest + 1
            if size > self._longest and begin <= end:
                raise NotTold(data[at:])
            begin += _MASK
            if begin + size > end:
                break
            yield data[at : begin + size], begin - at
            at = begin + size
        self._rest = data[at:]


_LENGTHS = {126: 2, 127: 8}  # bytes in which a length stands that is too long for its byte


def body_of(frame: bytes, begin: int) -> bytes:
    """Return what a whole frame of a client carries from `begin` on, behind its mask."""
    body: bytes = apply_mask(frame[begin:], frame[begin - _MASK : begin])
    return body
