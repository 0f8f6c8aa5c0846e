"""Turns what an author writes into requests of the wire, and refuses here what the relay would refuse."""

from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from protocol.addressing import RoomKind, ToType, address_of, is_handle, kind_of, parties_of
from protocol.errors import InvalidRequest, TooLarge, Unavailable
from protocol.events import CLIENT_EVENTS
from protocol.mistakes import refusal_of
from protocol.payloads import TextPayload
from protocol.requests import ChatSend, Request
from protocol.text import MAX_TEXT


def address_for(room: str, *, viewer: str | None) -> tuple[ToType, str]:
    """Return `(to_type, to_id)` of `global`, a room's name, `@handle`, or a DM's room id.

    Raises:
        InvalidRequest: it names no room, or nobody can write there.
        Unavailable: a DM's id says nothing before the relay has told us who we are.
    """
    if room.startswith("@"):
        if not is_handle(room[1:].lower()):
            raise InvalidRequest("not a handle", field="room")
        return "dm", room
    kind = kind_of(room)
    if kind is RoomKind.INBOX:
        raise InvalidRequest("nobody writes into an inbox", field="room")
    if kind is RoomKind.DM and viewer is None:
        raise Unavailable("connect before you answer in a direct message")
    if kind is RoomKind.DM and viewer not in parties_of(room):
        raise InvalidRequest("this direct message is between others", field="room")
    return address_of(room, viewer or "")


def text_payload(text: str, reply_to: str | None, mentions: Sequence[str]) -> TextPayload:
    """Build what somebody says.

    Raises:
        TooLarge: the text is too long.
        InvalidRequest: it is blank, or holds what can't be stored.
    """
    if len(text) > MAX_TEXT:
        raise TooLarge(f"a text may have {MAX_TEXT} characters", field="text")
    try:
        return TextPayload(text=text, reply_to=reply_to, mentions=list(mentions))
    except ValidationError as error:
        raise refusal_of(error) from None


def message_to(address: tuple[ToType, str], message_id: str, payload: TextPayload) -> ChatSend:
    """Put an address on a payload.

    Raises:
        InvalidRequest: the id can't be one.
    """
    to_type, to_id = address
    try:
        return ChatSend(id=message_id, to_type=to_type, to_id=to_id, payload=payload)
    except ValidationError as error:
        raise refusal_of(error) from None


def request_of(event: str, fields: Mapping[str, object]) -> Request:
    """Build the request of an event.

    Raises:
        InvalidRequest: there is no such event, or its body breaks a rule.
    """
    if event not in CLIENT_EVENTS:
        raise InvalidRequest(f"{event} is no event that a client can send")
    try:
        return CLIENT_EVENTS[event].request.model_validate(fields)
    except ValidationError as error:
        raise refusal_of(error) from None
