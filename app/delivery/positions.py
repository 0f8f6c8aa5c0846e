"""A reader's place in all of its rooms as one opaque string, for clients that keep nothing else.

Rooms stand in it by a hash of their name: the names of a thousand rooms would not fit into a header.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

from protocol.errors import InvalidRequest

MAX_LENGTH = 48 * 1024  # characters: below what a server takes as the head of a request
_VERSION = 1
_HASH = 8  # bytes


@dataclass(frozen=True, slots=True)
class Position:
    """What a cursor says: of which history, and how far each room was read."""

    epoch: str
    offsets: Mapping[bytes, int]

    def of(self, room: str) -> int | None:
        """Return how far a room was read; None if the cursor knows nothing of it."""
        return self.offsets.get(_hash_of(room))


def encode(epoch: str, offsets: Mapping[str, int]) -> str:
    """Return the cursor that stands for `offsets` in the history `epoch`."""
    name = epoch.encode()
    parts = [bytes((_VERSION, len(name))), name]
    for room, offset in offsets.items():
        parts += [_hash_of(room), _varint(offset)]
    return base64.urlsafe_b64encode(b"".join(parts)).decode().rstrip("=")


def decode(cursor: str) -> Position:
    """Return what a cursor says.

    Raises:
        InvalidRequest: no relay made this.
    """
    try:
        padded = cursor[:MAX_LENGTH] + "=" * (-len(cursor) % 4)
        return _parsed(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, IndexError, binascii.Error):
        raise InvalidRequest("not a cursor of this relay", field="after") from None


def _parsed(data: bytes) -> Position:
    at = 2 + data[1]
    if data[0] != _VERSION or at > len(data):
        raise ValueError
    epoch = data[2:at].decode()
    offsets: dict[bytes, int] = {}
    while at < len(data):
        room = data[at : at + _HASH]
        offsets[room], at = _read_varint(data, at + _HASH)
    return Position(epoch, offsets)


def _hash_of(room: str) -> bytes:
    return blake2b(room.encode(), digest_size=_HASH).digest()


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while data[at] & 0x80:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if shift > 63:
            raise ValueError
    return value | data[at] << shift, at + 1
