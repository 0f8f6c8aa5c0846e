"""Messages as the timeline draws them: plain data, rendered once on this side."""

from typing import Any

from components.pictures import tasks
from components.render import label, markdown, visible
from components.state import ConsoleState
from components.unread import names
from components.views.words import nick_of
from protocol.messages import Message
from protocol.payloads import (
    OrderPayload,
    RedactionPayload,
    SystemPayload,
    TaskPayload,
    TaskUpdatePayload,
    TextPayload,
)

Entry = dict[str, Any]


def entry_of(message: Message, state: ConsoleState) -> Entry:
    """Return what the timeline needs of a message."""
    return {
        "o": message.offset,
        "id": message.id,
        "key": message.dedupe_key,
        "ts": message.ts,
        "from": message.from_id,
        "name": label(message.from_handle),
        "role": state.role_of(message.from_id),
        "nick": nick_of(message.from_id),
        **_body(message, state),
    }


def _body(message: Message, state: ConsoleState) -> Entry:
    match message.payload:
        case TextPayload(text=text):
            mention = names(message, state.viewer, state.handle_of(state.viewer))
            return {"kind": "text", "html": markdown(text), "text": visible(text), "mention": mention}
        case SystemPayload(text=text):
            return {"kind": "system", "text": label(text)}
        case RedactionPayload(target=target, target_offset=offset, reason=reason):
            # In the place of the message itself stands a tombstone; elsewhere it is the news of one.
            kind = "gone" if target == message.id else "redaction"
            return {"kind": kind, "target": offset, "text": label(reason)}
        case TaskPayload(task=task) | OrderPayload(task=task):
            return {"kind": "task", "task": tasks.card(task, state)}
        case TaskUpdatePayload(task=task):
            return {"kind": "task_update", "task": tasks.card(task, state)}
