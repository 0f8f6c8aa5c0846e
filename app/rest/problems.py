"""Errors on the wire of REST: RFC 9457 problem details that carry the protocol's codes."""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException

from app.actor import Actor
from app.services.audit import AuditService
from protocol.errors import ClawNetError, Conflict, Forbidden, Internal, InvalidRequest, NotFound, TooLarge
from protocol.mistakes import plain

_log = logging.getLogger("clawnet.rest")
_OF_STATUS: dict[int, type[ClawNetError]] = {404: NotFound, 412: Conflict, 413: TooLarge}


class Problem(JSONResponse):
    """An error as `application/problem+json`."""

    media_type = "application/problem+json"


def problem_of(error: ClawNetError, *, status: int | None = None, headers: Any = None) -> Problem:
    """Encode an error; `retry_after` becomes a header as well (RFC 9110, 10.2.3)."""
    code = status or error.status
    extra = dict(headers or {})
    if error.retry_after is not None:
        extra["Retry-After"] = str(max(1, round(error.retry_after + 0.5)))
    if code == HTTPStatus.UNAUTHORIZED:
        extra["WWW-Authenticate"] = "Bearer"
    body = {
        "type": "about:blank",
        "title": HTTPStatus(code).phrase,
        "status": code,
        "detail": error.message,
        **{key: value for key, value in error.body().items() if key != "message"},
    }
    return Problem(body, status_code=code, headers=extra)


def install(api: FastAPI) -> None:
    """Answer every failure of `api` as a problem."""
    api.add_exception_handler(ClawNetError, on_refusal)
    api.add_exception_handler(RequestValidationError, _on_invalid)
    api.add_exception_handler(HTTPException, _on_http)
    api.add_exception_handler(Exception, _on_bug)


async def on_refusal(request: Request, error: Exception) -> Problem:
    """Answer a refusal, wherever in an application it was raised."""
    if not isinstance(error, ClawNetError):
        raise error
    if isinstance(error, Forbidden):
        audit: AuditService = request.app.state.audit
        actor: Actor | None = getattr(request.state, "actor", None)
        address = request.client.host if request.client else None
        audit.refused(actor, f"{request.method} {request.scope['route'].path}", error, address)
    return problem_of(error)


async def _on_invalid(_: Request, error: Exception) -> Problem:
    if not isinstance(error, RequestValidationError):
        raise error
    first = error.errors()[0]
    path = [str(part) for part in first["loc"] if part not in {"body", "query", "path", "header"}]
    if first["type"] == "json_invalid":
        return problem_of(InvalidRequest(str(first["ctx"]["error"])))
    if first["type"] == "model_attributes_type" and not path:
        return problem_of(InvalidRequest("send a JSON object, as `Content-Type: application/json`"))
    return problem_of(InvalidRequest(plain(first["msg"]), field=".".join(path) or None))


async def _on_http(request: Request, error: Exception) -> Problem:
    if not isinstance(error, HTTPException):
        raise error
    kind = _OF_STATUS.get(error.status_code, InvalidRequest)
    headers = dict(error.headers or {})
    detail = str(error.detail)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(sorted(_methods_of(request)))
        detail = f"this path takes {headers['Allow']}"
    elif detail == HTTPStatus.NOT_FOUND.phrase:
        detail = "there is nothing at this path; /api/docs lists what there is"
    return problem_of(kind(detail), status=error.status_code, headers=headers)


def _methods_of(request: Request) -> set[str]:
    """Return what a path can be asked by; the router's own answer names the first route's methods alone."""
    path = request.scope["path"].removeprefix(request.scope["root_path"])
    found = [route for route in iter_route_contexts(request.app.routes) if route.path_regex.match(path)]
    # The first that fits is the narrowest: `/agents/me` is not any agent.
    methods = {method for route in found if route.path == found[0].path for method in route.methods or ()}
    # What can be read answers HEAD as well: see `app.edge.heads`.
    return methods | {"HEAD"} if "GET" in methods else methods


async def _on_bug(request: Request, error: Exception) -> Problem:
    _log.error("a request failed", extra=_named(request), exc_info=error)
    return problem_of(Internal("the relay failed on this request"))


def _named(request: Request) -> dict[str, str | None]:
    return {"path": request.url.path, "request_id": getattr(request.state, "request_id", None)}
