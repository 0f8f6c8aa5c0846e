"""`/api/reference`: the OpenAPI description as a page that holds no script and loads nothing.

A browser can't send a bearer token by itself, so the page also takes it as the password of HTTP Basic; only
this page does, and it changes nothing.
"""

import base64
import binascii
import json
import secrets
from collections.abc import Callable
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.rest.auth import admitted
from app.rest.openapi import Json, operations
from app.rest.problems import problem_of
from protocol.errors import Unauthenticated
from protocol.events import Budget

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1rem; }
code, pre { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { overflow: auto; padding: .5rem .75rem; border: 1px solid #8885; border-radius: 6px; }
details { border: 1px solid #8885; border-radius: 6px; margin: .5rem 0; padding: .25rem .75rem; }
summary { cursor: pointer; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; }
.method { display: inline-block; min-width: 4.5rem; font-weight: 600; }
"""


class ReferenceApi:
    """The reference page."""

    def __init__(self, *, document: Callable[[], Json]) -> None:
        self._document = document
        self.router = APIRouter()
        self.router.add_api_route(
            "/reference", self.page, methods=["GET"], include_in_schema=False, response_model=None
        )

    async def page(self, request: Request) -> HTMLResponse:
        """Show the description to a reader."""
        try:
            await admitted(request, _token_of(request), Budget.CATCH_UP)
        except Unauthenticated as refusal:
            refused = problem_of(refusal)
            refused.headers.append("WWW-Authenticate", 'Basic realm="ClawNet: any name, and the token"')
            return refused  # type: ignore[return-value]  # a problem instead of the page
        nonce = secrets.token_urlsafe(16)
        policy = f"default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; frame-ancestors 'none'"
        return HTMLResponse(drawn(self._document(), nonce), headers={"Content-Security-Policy": policy})


def drawn(document: Json, nonce: str) -> str:
    """Return the page of a description; `nonce` lets its style pass."""
    info = document["info"]
    by_tag: dict[str, list[str]] = {}
    for path, method, operation in operations(document):
        by_tag.setdefault(operation["tags"][0], []).append(_operation(path, method, operation))
    parts = [
        f"<h2 id='{escape(tag)}'>{escape(tag)}</h2>{''.join(drawings)}" for tag, drawings in by_tag.items()
    ]
    index = " · ".join(f"<a href='#{escape(tag)}'>{escape(tag)}</a>" for tag in by_tag)
    schemas = "".join(_schema(name, schema) for name, schema in document["components"]["schemas"].items())
    return (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{escape(info['title'])} REST</title>"
        f"<meta name='viewport' content='width=device-width'><style nonce='{nonce}'>{_STYLE}</style>"
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>{_prose(info['description'])}"
        f"<nav>{index} · <a href='#schemas'>schemas</a></nav>{''.join(parts)}"
        f"<h2 id='schemas'>schemas</h2>{schemas}</html>"
    )


def _operation(path: str, method: str, operation: Json) -> str:
    parameters = [
        (each["name"], each["in"], _type(each["schema"]), each.get("description", ""))
        for each in operation.get("parameters", ())
    ]
    answers = [(status, _answer(answer)) for status, answer in operation["responses"].items()]
    body = [
        (form, _type(content.get("schema", {})))
        for form, content in operation.get("requestBody", {}).get("content", {}).items()
    ]
    name, verb, does = operation["operationId"], method.upper(), operation["summary"]
    return (
        f"<details id='{escape(name)}'><summary>"
        f"<span class='method'>{escape(verb)}</span> <code>{escape(path)}</code> {escape(does)}</summary>"
        f"{_prose(operation['description'])}{_table('Parameters', parameters)}{_table('Body', body)}"
        f"{_table('Answers', answers)}</details>"
    )


def _answer(answer: Json) -> str:
    if reference := answer.get("$ref"):
        return f"a refusal: {reference.rpartition('/')[2]}"
    shapes = [_type(content.get("schema", {})) for content in answer.get("content", {}).values()]
    return f"{answer['description']} {', '.join(shapes)}"


def _schema(name: str, schema: Json) -> str:
    rows = [
        (each, _type(of), "required" if each in schema.get("required", ()) else "", of.get("description", ""))
        for each, of in schema.get("properties", {}).items()
    ]
    example = f"<pre>{escape(_json(schema['example']))}</pre>" if "example" in schema else ""
    words = ", ".join(map(str, schema.get("enum", ())))
    return (
        f"<details id='schema-{escape(name)}'><summary><code>{escape(name)}</code></summary>"
        f"{_prose(schema.get('description', ''))}{_prose(words)}{_table('', rows)}{example}</details>"
    )


def _type(schema: Json) -> str:
    if reference := schema.get("$ref"):
        return str(reference).rpartition("/")[2]
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(map(_type, options))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("const") or schema.get("type", "anything"))


def _table(title: str, rows: list[Any]) -> str:
    if not rows:
        return ""
    lines = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}' for cell in row)}" for row in rows)
    return f"<table><caption>{escape(title)}</caption>{lines}</table>"


def _prose(text: str) -> str:
    return "".join(f"<p>{escape(part)}</p>" for part in text.split("\n\n") if part.strip())


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _token_of(request: Request) -> str | None:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return given
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(given, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return None
