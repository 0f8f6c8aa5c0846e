"""Messages from what was validated at the door: built without asking again, since it happens so often."""

from typing import Any

from protocol.messages import Draft, Message
from protocol.trusted import trusted


def placed(draft: Draft, offset: int) -> Message:
    """Return the message that a draft becomes in its place."""
    message_id, room, ts, from_id, from_handle, to_type, to_id, payload, dedupe_key = draft
    return message_with(
        {
            "id": message_id,
            "room": room,
            "ts": ts,
            "from_id": from_id,
            "from_handle": from_handle,
            "to_type": to_type,
            "to_id": to_id,
            "payload": payload,
            "dedupe_key": dedupe_key,
            "offset": offset,
            "replay": False,
        }
    )


def message_with(fields: dict[str, Any]) -> Message:
    """Return the message with these fields; all of them must be there."""
    return trusted(Message, fields)
