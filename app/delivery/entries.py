"""Entries on the wire: an order in an inbox is `task_dispatch`, everything else is `chat_message`."""

from pydantic import BaseModel

from protocol.messages import Message
from protocol.pushes import TaskDispatched


def push_of(message: Message) -> tuple[str, BaseModel]:
    """Return the event, with its body, that tells a reader of an entry."""
    payload = message.payload
    if payload.kind != "order":
        return "chat_message", message
    order = TaskDispatched(
        task=payload.task,
        lease=payload.lease,
        attempt=payload.task.attempt,
        room=message.room,
        offset=message.offset,
        replay=message.replay,
    )
    return "task_dispatch", order
