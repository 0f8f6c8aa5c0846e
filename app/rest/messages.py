"""`/api/v1/messages`: say something; and one message in its room."""

from typing import Annotated, Self

from fastapi import APIRouter, Query, Response
from pydantic import ConfigDict, model_validator
from pydantic.config import JsonDict

from app.rest.auth import Reading, Speaking
from app.rest.bodies import Key, StrictRoute, repeated, request_of
from app.services.chat import ChatService
from app.services.compose import ComposeService
from protocol.acks import Deleted, Sent
from protocol.addressing import MessageId, ToType
from protocol.messages import Message
from protocol.payloads import TextPayload
from protocol.requests import ChatDelete, ChatSend, Request
from protocol.text import MessageText, ShortText, Word

Reason = Annotated[ShortText, Query(min_length=1, description="What the tombstone says.")]


# What a model's validator checks, a schema must say in words of its own.
_ONE_OF_TWO: JsonDict = {
    "oneOf": [
        {"required": ["text"], "properties": {"text": {"type": "string"}}},
        {"required": ["payload"], "properties": {"payload": {"type": "object"}}},
    ]
}


class NewMessage(Request):
    """A message to send: `text`, or a whole `payload`."""

    model_config = ConfigDict(json_schema_extra=_ONE_OF_TWO)

    to_type: ToType
    to_id: Word
    text: MessageText | None = None
    payload: TextPayload | None = None
    id: MessageId | None = None
    dedupe_key: MessageId | None = None

    @model_validator(mode="after")
    def says_one_thing(self) -> Self:
        """Refuse both and neither."""
        if (self.text is None) == (self.payload is None):
            raise ValueError("send either text or payload")
        return self

    def draft(self, key: str | None) -> ChatSend:
        """Return the request that a socket would have sent; the body's own key goes before `key`."""
        return request_of(
            ChatSend,
            id=self.id,
            to_type=self.to_type,
            to_id=self.to_id,
            payload=self.payload or TextPayload(text=self.text or ""),
            dedupe_key=self.dedupe_key or key,
        )


class MessagesApi:
    """Messages over REST; pages of them are under rooms."""

    def __init__(self, *, compose: ComposeService, chat: ChatService) -> None:
        self._compose = compose
        self._chat = chat
        self.router = APIRouter(tags=["messages"], route_class=StrictRoute)
        self.router.add_api_route(
            "/messages", self.send, methods=["POST"], status_code=201, responses=repeated(Sent)
        )
        self.router.add_api_route("/rooms/{room_id}/messages/{message_id}", self.get, methods=["GET"])
        self.router.add_api_route("/rooms/{room_id}/messages/{message_id}", self.delete, methods=["DELETE"])

    async def send(
        self,
        actor: Speaking,
        body: NewMessage,
        response: Response,
        key: Key = None,
    ) -> Sent:
        """Say something; 200 instead of 201 when it was stored before."""
        sent = await self._compose.send(actor, body.draft(key))
        if sent.duplicate:
            response.status_code = 200
        return sent

    async def get(self, actor: Reading, room_id: str, message_id: str) -> Message:
        """Return one message of a room; of two with one id the newer."""
        return await self._chat.message(actor, room_id, message_id)

    async def delete(
        self, actor: Speaking, room_id: str, message_id: str, reason: Reason = "deleted"
    ) -> Deleted:
        """Put a tombstone in a message's place (its sender, masters)."""
        return await self._chat.delete(
            actor, request_of(ChatDelete, room=room_id, id=message_id, reason=reason)
        )
