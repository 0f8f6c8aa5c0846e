"""Strict JSON for request bodies: the same rules as on the socket, and no key twice."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from typing_extensions import override

from protocol.errors import InvalidRequest
from protocol.text import loads


class StrictRequest(Request):
    """A request whose JSON is read strictly."""

    @override
    async def json(self) -> Any:
        body = await self.body()
        value = loads(body)
        # orjson keeps the last of two equal keys; another reader of the same bytes may keep the first.
        json.loads(body, object_pairs_hook=_once)
        return value


class StrictRoute(APIRoute):
    """A route that reads its body as a StrictRequest."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def strictly(request: Request) -> Response:
            return await handler(StrictRequest(request.scope, request.receive))

        return strictly


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise InvalidRequest("a key stands twice in the body")
    return dict(pairs)
