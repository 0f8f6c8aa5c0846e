"""Strict JSON for request bodies: the same rules as on the socket, and no key twice."""

import json
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, TypeVar

from fastapi import Header, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from typing_extensions import override

from protocol.addressing import MESSAGE_ID
from protocol.errors import ClawNetError, InvalidRequest
from protocol.mistakes import refusal_of
from protocol.text import loads

Model = TypeVar("Model", bound=BaseModel)


Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", pattern=MESSAGE_ID, description="The same key again makes nothing new."),
]


class StrictRequest(Request):
    """A request whose JSON is read strictly."""

    @override
    async def json(self) -> Any:
        body = await self.body()
        try:
            value = loads(body)
            # orjson keeps the last of two equal keys; another reader of the same bytes may keep the first.
            json.loads(body, object_pairs_hook=_once)
        except InvalidRequest as refusal:
            # The one kind of failure that FastAPI answers with 422.
            raise json.JSONDecodeError(refusal.message, "", 0) from None
        return value


class JsonLines(StreamingResponse):
    """Objects, one a line, as many as there are."""

    media_type = "application/x-ndjson"


class StrictRoute(APIRoute):
    """A route that reads its body as a StrictRequest."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def strictly(request: Request) -> Response:
            try:
                return await handler(StrictRequest(request.scope, request.receive))
            except HTTPException as error:
                # FastAPI hides whatever is wrong with a body behind a 400 of its own.
                if isinstance(error.__cause__, ClawNetError):
                    raise error.__cause__ from None
                raise

        return strictly


def request_of(model: type[Model], **fields: object) -> Model:
    """Build the request that a socket would have sent, out of path, query and body.

    Raises:
        InvalidRequest: the protocol refuses it, whatever REST's own models let through.
    """
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise refusal_of(error) from None


def repeated(model: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """Describe the answer to a request that was made before."""
    return {200: {"model": model, "description": "It was stored before; this is the first answer again."}}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise InvalidRequest("a key stands twice in the body")
    return dict(pairs)
