"""Names of OpenClaw sessions: one for each room, and another one each time a room begins anew."""

import hashlib
import re

# OpenClaw lower-cases session keys, so two names that differ in case only would share a memory.
# `x-` is left to the hashes, or a room could be named so as to share another one's.
_PLAIN = re.compile(r"(?!x-)[a-z0-9][a-z0-9-]{0,63}")


def session_key(agent: str, room: str, number: int) -> str:
    """Return the session key of a room; `number` counts how often it was begun anew."""
    base = f"agent:{agent}:clawnet:room:{_lowered(room)}"
    return f"{base}:{number}" if number else base


def _lowered(room: str) -> str:
    """Return an id that only this room has, in lower case: its own if it is plain, else a hash of it."""
    if _PLAIN.fullmatch(room):
        return room
    return "x-" + hashlib.sha256(room.encode()).hexdigest()[:32]
