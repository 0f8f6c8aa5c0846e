"""What a search has found, as data: who said it, when, and the words around what was looked for."""

from typing import Any

from components.render import label, visible
from components.state import ConsoleState
from components.views.words import nick_of
from protocol.messages import Message
from protocol.payloads import AnyPayload, SystemPayload, TaskPayload, TaskUpdatePayload, TextPayload

Picture = dict[str, Any]
AROUND = 80  # characters on each side


def hit(message: Message, wanted: str, state: ConsoleState) -> Picture:
    """Return a message as a row of what was found."""
    return {
        "o": message.offset,
        "id": message.id,
        "ts": message.ts,
        "name": label(message.from_handle),
        "nick": nick_of(message.from_id),
        "role": state.role_of(message.from_id),
        "text": excerpt(_said(message.payload), wanted),
    }


def excerpt(text: str, wanted: str) -> str:
    """Return one line of `text` around the first of the words."""
    shown = label(visible(text))
    folded = shown.casefold()
    places = [place for word in wanted.casefold().split() if (place := folded.find(word)) >= 0]
    at = min(places, default=0)
    begin, end = max(0, at - AROUND), at + 2 * AROUND
    return ("…" if begin else "") + shown[begin:end] + ("…" if end < len(shown) else "")


def _said(payload: AnyPayload) -> str:
    match payload:
        case TextPayload(text=text) | SystemPayload(text=text):
            return text
        case TaskPayload(task=task) | TaskUpdatePayload(task=task):
            return f"{task.line} {task.output or ''}"
        case _:
            return ""
