"""Messages from what was validated at the door: built without asking again, since it happens so often."""

from typing import Any

from protocol.messages import Draft, Message
from protocol.trusted import trusted


def placed(draft: Draft, offset: int) -> Message:
    """Return the message that a draft becomes in its place."""
    return message_with({**draft.__dict__, "offset": offset, "replay": False})


def message_with(fields: dict[str, Any]) -> Message:
    """Return the message with these fields; all of them must be there."""
    return trusted(Message, fields)
