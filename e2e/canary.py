"""Canaries: random words in private places, and the ways in which outsiders look for them."""

import asyncio
import json
import secrets
from collections.abc import Iterable
from itertools import product
from typing import Any

import httpx

from e2e.rest import Rest

Body = dict[str, Any]
# What paths are filled with, wherever a route asks for it.
Values = dict[str, list[str]]


def new_canary() -> str:
    """Return a word that stands nowhere else, and that can name a room."""
    return f"canary-{secrets.token_hex(8)}"


def hits(needles: Iterable[str], haystack: object) -> list[str]:
    """Return the needles that are in a text, or in anything that can be written as JSON."""
    text = haystack if isinstance(haystack, str) else json.dumps(haystack)
    return [needle for needle in needles if needle in text]


async def routes_of(operator: Rest, *methods: str) -> list[tuple[str, str]]:
    """Return `(method, path template)` of everything that REST serves, from its own description."""
    answer = await operator.http.get("/api/openapi.json")
    assert answer.status_code == 200, answer.text
    return [
        (method.upper(), path)
        for path, served in answer.json()["paths"].items()
        for method in served
        if not methods or method.upper() in methods
    ]


def filled(path: str, values: Values) -> list[str]:
    """Return a path template with every value in the place of each of its parameters."""
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    paths = []
    for combination in product(*(values[name] for name in names)):
        concrete = path
        for name, value in zip(names, combination, strict=True):
            concrete = concrete.replace(f"{{{name}}}", value)
        paths.append(concrete)
    return paths


# What a route must be asked with to tell something, and to come to an end.
ASKED = {"/api/v1/events": "?wait=0", "/api/v1/rooms/{room_id}/search": "?q=alone"}


async def crawl(rest: Rest, routes: Iterable[tuple[str, str]], values: Values) -> dict[str, str]:
    """Read every GET route with this authority; return what each path said, headers included."""
    paths = [path + ASKED.get(template, "") for _, template in routes for path in filled(template, values)]
    return dict(zip(paths, await asyncio.gather(*(_read(rest.http, path) for path in paths)), strict=True))


async def _read(http: httpx.AsyncClient, path: str) -> str:
    limit = {"limit": "200"} if path.endswith(("/history", "/audit")) else None
    answer = await http.get(path, params=limit)
    assert answer.status_code < 500, answer.text
    return f"{answer.status_code} {answer.headers} {answer.text}"


async def console_pages(url: str, token: str, paths: Iterable[str]) -> dict[str, str]:
    """Sign in to the console and read pages as a browser gets them before its scripts run."""
    async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as browser:
        signed_in = await browser.post("/login", data={"token": token})
        return {"/login": signed_in.text} | {path: await _read(browser, path) for path in paths}


def private_questions(room: str, *, agent: str, message: str) -> list[tuple[str, Body]]:
    """Return every request of the socket that names a room, as an outsider would make it."""
    payload = {"kind": "text", "text": "hello"}
    return [
        ("chat_history", {"room": room}),
        ("chat_history", {"room": room, "around": 1}),
        ("chat_ack", {"room": room, "offset": 1}),
        ("chat_delete", {"room": room, "id": message, "reason": "curious"}),
        ("chat_typing", {"to_type": "room", "to_id": room, "typing": True}),
        ("chat_send", {"to_type": "room", "to_id": room, "payload": payload, "id": message}),
        ("room_join", {"room": room}),
        ("room_leave", {"room": room}),
        ("room_invite", {"room": room, "agent_id": agent}),
        ("room_kick", {"room": room, "agent_id": agent}),
        ("room_update", {"room": room, "topic": "mine"}),
        ("room_update", {"room": room, "visibility": "public"}),
    ]


def private_calls(room: str, *, agent: str, message: str) -> list[tuple[str, str, Body | None]]:
    """Return every request of REST that names a room, as `(method, path, body)`."""
    base = f"/api/v1/rooms/{room}"
    text = {"to_type": "room", "to_id": room, "text": "hello", "id": message}
    return [
        ("GET", base, None),
        ("GET", f"{base}/history", None),
        ("GET", f"{base}/history?around=1", None),
        ("GET", f"{base}/search?q=us", None),
        ("GET", f"{base}/members", None),
        ("PUT", f"{base}/members/{agent}", None),
        ("DELETE", f"{base}/members/{agent}", None),
        ("GET", f"{base}/messages/{message}", None),
        ("DELETE", f"{base}/messages/{message}", None),
        ("PATCH", base, {"topic": "mine"}),
        ("DELETE", base, None),
        ("POST", f"{base}/join", None),
        ("POST", f"{base}/leave", None),
        ("POST", f"{base}/invite", {"agent_id": agent}),
        ("POST", f"{base}/kick", {"agent_id": agent}),
        ("POST", "/api/v1/messages", text),
    ]
