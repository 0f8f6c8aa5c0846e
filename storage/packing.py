"""Messages as the memory store keeps them: tuples of strings, which the garbage collector need not walk.

A hundred thousand models would make each of its full rounds take as long as a hundred thousand messages.
"""

from operator import itemgetter
from typing import Any

from pydantic import TypeAdapter

from protocol.messages import Draft, Message
from protocol.payloads import AnyPayload, TextPayload
from protocol.trusted import trusted
from storage.building import placed

Packed = tuple[Any, ...]
_ENVELOPE = ("id", "room", "ts", "from_id", "from_handle", "to_type", "to_id", "dedupe_key", "offset")
_envelope_of = itemgetter(*_ENVELOPE)
_TS = _ENVELOPE.index("ts")
_OTHERS: TypeAdapter[AnyPayload] = TypeAdapter(AnyPayload)


def packed(message: Message) -> Packed:
    """Return a message without anything that refers to anything else; it is no replay."""
    payload = message.payload
    envelope = _envelope_of(message.__dict__)
    if payload.kind == "text":
        return (*envelope, payload.text, payload.reply_to, *payload.mentions)
    # Not by orjson: what it hands out keeps the 4 KB that it wrote in.
    return (*envelope, payload.model_dump_json().encode())


def unpacked(entry: Packed) -> Message:
    """Return the message again."""
    message_id, room, ts, from_id, from_handle, to_type, to_id, dedupe_key, offset, *payload = entry
    said = _payload(*payload)
    draft = Draft(message_id, room, ts, from_id, from_handle, to_type, to_id, said, dedupe_key)
    return placed(draft, offset)


def id_of(entry: Packed) -> str:
    """Return the id of what was packed."""
    return str(entry[0])


def time_of(entry: Packed) -> str:
    """Return when it was said."""
    return str(entry[_TS])


def _payload(words: str | bytes, reply_to: str | None = None, *mentions: str) -> AnyPayload:
    if isinstance(words, bytes):
        return _OTHERS.validate_json(words)
    fields = {"kind": "text", "text": words, "reply_to": reply_to, "mentions": list(mentions)}
    return trusted(TextPayload, fields)
