"""Messages from what was validated at the door: built without asking again, since it happens so often."""

from typing import Any

from protocol.messages import Draft, Message

_FIELDS = frozenset(Message.model_fields)


def placed(draft: Draft, offset: int) -> Message:
    """Return the message that a draft becomes in its place."""
    return message_with({**draft.__dict__, "offset": offset, "replay": False})


def message_with(fields: dict[str, Any]) -> Message:
    """Return the message with these fields; all of them must be there."""
    # What `model_construct` does, at a quarter of its price: no field is looked for under other names.
    message = Message.__new__(Message)
    object.__setattr__(message, "__dict__", fields)
    object.__setattr__(message, "__pydantic_fields_set__", set(_FIELDS))
    object.__setattr__(message, "__pydantic_extra__", None)
    object.__setattr__(message, "__pydantic_private__", None)
    return message
