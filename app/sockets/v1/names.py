"""What version 1 calls the places where one speaks, and its ids of messages, both ways."""

import hashlib
import re

from protocol.addressing import GLOBAL, RoomKind, ToType, is_room_name, kind_of
from protocol.errors import InvalidRequest

EVERYBODY = "all"
MAX_KEY = 128
_PLAIN = re.compile(r"[A-Za-z0-9._:-]")
_ESCAPE = re.compile(r"(?:~[0-9a-f]{2})+")


def target_of(to: str) -> tuple[ToType, str]:
    """Return where `to` leads: `all`, `#room`, an agent's id or its `@handle`.

    Raises:
        InvalidRequest: `#` and something that can't name a room.
    """
    if to == EVERYBODY:
        return "global", GLOBAL
    if to.startswith("#"):
        return "room", room_of(to)
    return "dm", to


def room_of(name: str) -> str:
    """Return the id of the room that v1 calls `name`, with or without its `#`, in any case.

    Raises:
        InvalidRequest: no room can be called so.
    """
    room = name.removeprefix("#").lower()
    if room != GLOBAL and not is_room_name(room):
        raise InvalidRequest("a room's name has 1 to 64 of a-z, 0-9, - and _", field="room")
    return room


def named(to_type: ToType, to_id: str) -> str:
    """Return what v1 calls the place of a message."""
    match to_type:
        case "global":
            return EVERYBODY
        case "room":
            return f"#{to_id}"
        case "dm":
            return to_id


def literal(text: str) -> str:
    """Return a text that is said and not carried out: to v1 a slash is a character like any other."""
    return f"/{text}" if text.startswith("/") else text


def is_shown(room_id: str) -> bool:
    """Tell whether v1 knows rooms of this kind by a name."""
    return kind_of(room_id) is RoomKind.ROOM


def key_of(local_id: str) -> str:
    """Return a `localId` as a dedupe key; what can't stand in one is escaped, what is too long hashed."""
    key = "".join(char if _PLAIN.match(char) else _escaped(char) for char in local_id)
    if not key[0].isalnum():
        key = f"v1:{key}"
    return key if len(key) <= MAX_KEY else f"v1:{hashlib.sha256(local_id.encode()).hexdigest()}"


def local_id_of(key: str) -> str:
    """Return the `localId` behind a dedupe key."""
    return _ESCAPE.sub(_unescaped, key.removeprefix("v1:"))


def _escaped(char: str) -> str:
    return "".join(f"~{byte:02x}" for byte in char.encode())


def _unescaped(found: re.Match[str]) -> str:
    return bytes.fromhex(found[0].replace("~", "")).decode(errors="replace")
