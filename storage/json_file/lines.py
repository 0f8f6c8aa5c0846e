"""One line of the journal: JSON that begins with its own checksum and the number of its transaction.

`{"crc":"1a2b3c4d","type":"message",…,"tx":17,"end":true}`: the checksum covers everything after it, `end`
marks the last line of a transaction, and transactions are numbered without a gap.
"""

from typing import Any
from zlib import crc32

import orjson
from pydantic import BaseModel

Entry = dict[str, Any]
_START = b'{"crc":"'
_BODY = len(b'{"crc":"1a2b3c4d",')


class DamagedLine(Exception):
    """The line is not what was written."""


class UnknownEntry(Exception):
    """The line holds, but what it says is of a kind that is not known here."""


def encode(entry: Entry, *, tx: int, is_last: bool) -> bytes:
    """Return the line of an entry."""
    body = orjson.dumps(entry | {"tx": tx, "end": is_last}, default=_fields)[1:]
    return b'{"crc":"%08x",%b\n' % (crc32(body), body)


def decode(line: bytes) -> Entry:
    """Return the entry of a line without its line end.

    Raises:
        DamagedLine: the checksum does not hold.
    """
    body = line[_BODY:]
    if not line.startswith(_START) or line[len(_START) : _BODY] != b'%08x",' % crc32(body):
        raise DamagedLine
    entry: Entry = orjson.loads(b"{" + body)
    return entry


def _fields(model: Any) -> dict[str, Any]:
    if isinstance(model, BaseModel):
        return model.__dict__
    raise TypeError(f"{type(model).__name__} is not stored")
