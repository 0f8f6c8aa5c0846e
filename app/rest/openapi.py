"""The OpenAPI description: what FastAPI knows of the routes, with what holds for all of them put in."""

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from typing_extensions import override

from app.rest.examples import EXAMPLES, LINKS, PARAMETERS
from protocol.errors import leaves

Json = dict[str, Any]
PREFIX = "/api"
ROOT_PATHS = frozenset({"/metrics"})  # what is served beside `/api`
ABOUT = """\
A relay for AI agents: rooms, direct messages, tasks, and what operators need.

Every request but a few shows a token: `Authorization: Bearer …`. Bodies are JSON, read strictly: nothing
unknown, no key twice. Lists are `{"items": […], "next": cursor or null}`, and the header `Link` leads to the
next page. A refusal is `application/problem+json` with a `code` of PROTOCOL_v2; `retryable` says whether
the same request can succeed later, `Retry-After` when. `X-Request-ID` comes back as it was sent.
"""
_REFUSALS = {
    401: "No token, or not a valid one.",
    403: "Not with this role, or not here.",
    404: "Absent, or hidden from the caller.",
    409: "Clashes with what is there.",
    412: "Changed since the caller has seen it.",
    413: "Too large.",
    422: "Malformed, or against a rule.",
    429: "Too many requests.",
    500: "A fault of the relay; it is logged under the request's id.",
    503: "The store is away, or the relay stops.",
}
_HEADERS: Json = {
    "X-Request-ID": {
        "description": "The name of this request in the relay's log.",
        "schema": {"type": "string"},
    },
    "RateLimit-Limit": {"description": "Requests in a window.", "schema": {"type": "integer"}},
    "RateLimit-Remaining": {"description": "Requests that are left of it.", "schema": {"type": "integer"}},
    "RateLimit-Reset": {"description": "Seconds until the next window.", "schema": {"type": "integer"}},
}
_OF_SOME: Json = {
    "ETag": {"description": "What `If-Match` takes.", "schema": {"type": "string"}},
    "Link": {"description": "`next` and `prev` of a list (RFC 8288).", "schema": {"type": "string"}},
}
_TAGGED = frozenset({"rooms_get", "rooms_create", "rooms_change", "settings_list", "settings_replace"})
_LINKED = frozenset({"rooms_history", "rooms_search", "audit_list"})


class DescribedApi(FastAPI):
    """A FastAPI application that describes itself in full."""

    @override
    def openapi(self) -> Json:
        """Return the description, made once."""
        if (schema := self.openapi_schema) is None:
            schema = self.openapi_schema = _completed(super().openapi())
        return schema


def operation_id(route: APIRoute) -> str:
    """Name an operation after the method that serves it, such as `rooms_create`."""
    owner, _, name = route.endpoint.__qualname__.rpartition(".")
    return f"{owner.removesuffix('Api').lower()}_{name}" if "<locals>" not in owner else name


def _completed(document: Json) -> Json:
    document["info"]["description"] = ABOUT
    document["servers"] = [{"url": "/"}]
    components = document["components"]
    components["schemas"].pop("HTTPValidationError", None)
    components["schemas"].pop("ValidationError", None)
    components["schemas"]["Problem"] = _problem()
    components["headers"] = _HEADERS | _OF_SOME
    components["responses"] = {str(status): _refusal(status) for status in _REFUSALS}
    for name, example in EXAMPLES.items():
        components["schemas"][name]["example"] = example
    paths = {path if path in ROOT_PATHS else PREFIX + path: item for path, item in document["paths"].items()}
    document["paths"] = paths | _health()
    for path, _, operation in operations(document):
        _complete(path, operation)
    for operation_name, links in LINKS.items():
        _link(document, operation_name, links)
    return document


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Yield path, method and description of every operation."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def _complete(path: str, operation: Json) -> None:
    operation["summary"] = str(operation["description"]).split("\n")[0].rstrip(".")
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = _without_null(parameter["schema"])
        if parameter["name"] in PARAMETERS:
            parameter["example"] = PARAMETERS[parameter["name"]]
    answers = {
        status: answer for status, answer in operation["responses"].items() if int(status) not in _REFUSALS
    }
    for answer in answers.values():
        if path.startswith(PREFIX) or path in ROOT_PATHS:
            answer["headers"] = answer.get("headers", {}) | _headers() | _headers_of(operation)
    refusals = _refusals_of(path, operation)
    operation["responses"] = answers | {
        str(status): {"$ref": f"#/components/responses/{status}"} for status in refusals
    }


def _refusals_of(path: str, operation: Json) -> list[int]:
    if not path.startswith(PREFIX) and path not in ROOT_PATHS:
        return [503] if path == "/readyz" else []
    always, secured = {429, 500}, "security" in operation
    when = {
        401: secured or operation["operationId"] == "legacy_role",
        403: secured,
        404: secured or "requestBody" in operation,
        409: operation["operationId"] != "ping",
        412: any(parameter["name"] == "if-match" for parameter in operation.get("parameters", ())),
        413: True,
        422: bool(operation.get("parameters") or "requestBody" in operation),
        503: operation["operationId"] != "ping",
    }
    return sorted(always | {status for status, applies in when.items() if applies})


def _without_null(schema: Json) -> Json:
    # A query or a header can be left out; it can't be null.
    options = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(options) != 1:
        return schema
    left: Json = options[0]
    return {key: value for key, value in schema.items() if key != "anyOf"} | left


def _headers(names: Iterable[str] = tuple(_HEADERS)) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _headers_of(operation: Json) -> Json:
    name = operation["operationId"]
    parts = {parameter["name"] for parameter in operation.get("parameters", ())}
    return _headers(["ETag"] if name in _TAGGED else ["Link"] if "cursor" in parts or name in _LINKED else [])


def _problem() -> Json:
    codes = sorted({cls.code for cls in leaves()})
    return {
        "type": "object",
        "description": "A refusal (RFC 9457), with a code of PROTOCOL_v2.",
        "required": ["type", "title", "status", "detail", "code", "retryable"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "code": {"type": "string", "enum": codes},
            "retryable": {"type": "boolean"},
            "retry_after": {"type": "number", "description": "Seconds."},
            "field": {"type": "string", "description": "What the refusal is about."},
        },
    }


def _refusal(status: int) -> Json:
    error = next(cls for cls in leaves() if cls.status == (409 if status == 412 else status))
    example = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": _REFUSALS[status],
        "code": error.code,
        "retryable": error.retryable,
    }
    headers = _headers()
    if status in {429, 503}:
        headers["Retry-After"] = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
        example["retry_after"] = 1.0
    if status == 401:
        headers["WWW-Authenticate"] = {"description": "`Bearer`.", "schema": {"type": "string"}}
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}
    return {
        "description": _REFUSALS[status],
        "headers": headers,
        "content": {"application/problem+json": content},
    }


def _health() -> Json:
    state = {"type": "object", "required": ["status"], "properties": {"status": {"type": "string"}}}
    answers = {"200": {"description": "Yes.", "content": {"application/json": {"schema": state}}}}
    return {
        "/healthz": {"get": _open("healthz", "Say that the process answers.", answers)},
        "/readyz": {"get": _open("readyz", "Say whether work is taken.", answers)},
    }


def _open(name: str, does: str, answers: Json) -> Json:
    return {"operationId": name, "tags": ["relay"], "description": does, "responses": dict(answers)}


def _link(document: Json, operation_name: str, links: Json) -> None:
    for _, _, operation in operations(document):
        if operation["operationId"] == operation_name:
            for status, answer in operation["responses"].items():
                if status.startswith("2"):
                    answer["links"] = links
