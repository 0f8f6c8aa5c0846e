"""Nobody reaches NiceGUI without a session, and its pages run no script but their own."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from app.actor import Via
from components.guard import PageHeaders, SessionGuard
from components.ports import Console
from components.session import Sessions
from tests.components.conftest import HOST
from tests.fakes import OPERATOR_TOKEN

PAGE = (
    "<html><head><script>one()</script><script defer src='/x.js'></script></head>"
    "<body>&lt;script&gt;</body></html>"
)


async def inner(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer like NiceGUI: a page with inline scripts, or a file."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    seen = dict(scope["headers"]).get(b"x-forwarded-prefix", b"none").decode()
    html = scope["path"].startswith("/dashboard")
    response = HTMLResponse(PAGE) if html else PlainTextResponse(seen)
    await response(scope, receive, send)


@pytest.fixture
def guard(console: Console, sessions: Sessions) -> SessionGuard:
    return SessionGuard(PageHeaders(inner), sessions=sessions, allowed_origins=console.allowed_origins)


@pytest.fixture
async def session_id(console: Console, sessions: Sessions) -> str:
    return sessions.open(await console.entry.authenticate(OPERATOR_TOKEN, Via.CONSOLE)).id


@pytest.fixture
async def client(guard: SessionGuard) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(guard)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
        yield client


async def open_socket(guard: SessionGuard, query: str = "", **headers: str) -> str:
    """Try to open NiceGUI's socket; return the type of the answer."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    scope: dict[str, Any] = {
        "type": "websocket",
        "scheme": "ws",
        "path": "/_nicegui_ws/socket.io/",
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in {"host": HOST, **headers}.items()],
    }
    await guard(scope, receive, send)
    return str(sent[0]["type"])


@pytest.mark.parametrize("path", ["/dashboard", "/dashboard/r/alpha?m=1"])
async def test_a_page_without_a_session_leads_to_the_login(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert answer.status_code == 303
    assert httpx.URL(answer.headers["location"]).params["next"] == path


@pytest.mark.parametrize("path", ["/_nicegui/3/static/x.js", "/_nicegui_ws/socket.io/?EIO=4"])
async def test_assets_and_polling_without_a_session_are_refused(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 401


async def test_a_form_without_a_session_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.post("/dashboard")).status_code == 401


@pytest.mark.parametrize("path", ["/nowhere", "/dashboardx", "/"])
async def test_what_is_not_of_the_console_is_not_there(
    client: httpx.AsyncClient, session_id: str, path: str
) -> None:
    client.cookies.set("clawnet", session_id)

    assert (await client.get(path)).status_code == 404


async def test_a_session_opens_pages_and_assets(client: httpx.AsyncClient, session_id: str) -> None:
    client.cookies.set("clawnet", session_id)

    assert (await client.get("/dashboard")).status_code == 200
    assert (await client.get("/_nicegui/3/static/x.js")).status_code == 200


async def test_a_refusal_carries_the_security_headers(client: httpx.AsyncClient) -> None:
    assert "default-src 'self'" in (await client.get("/dashboard")).headers["content-security-policy"]


async def test_inline_scripts_get_the_nonce_of_the_policy(client: httpx.AsyncClient, session_id: str) -> None:
    client.cookies.set("clawnet", session_id)
    answer = await client.get("/dashboard")
    nonces = re.findall(r'<script nonce="([^"]+)"', answer.text)

    assert len(nonces) == 2
    assert len(set(nonces)) == 1
    assert f"'nonce-{nonces[0]}'" in answer.headers["content-security-policy"]
    assert answer.headers["content-length"] == str(len(answer.content))


async def test_a_prefix_that_anybody_can_send_does_not_reach_the_page(
    client: httpx.AsyncClient, session_id: str
) -> None:
    client.cookies.set("clawnet", session_id)
    answer = await client.get("/_nicegui/x", headers={"X-Forwarded-Prefix": "/evil"})

    assert answer.text == "none"


async def test_the_socket_opens_for_a_session_from_our_own_page(
    guard: SessionGuard, sessions: Sessions, session_id: str
) -> None:
    sessions.bind("page", session_id)
    cookie = f"clawnet={session_id}"

    answer = await open_socket(guard, "client_id=page", cookie=cookie, origin=f"http://{HOST}")

    assert answer == "websocket.accept"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": f"http://{HOST}"},
        {"origin": f"http://{HOST}", "cookie": "clawnet=guess"},
    ],
)
async def test_the_socket_stays_shut_without_a_session(guard: SessionGuard, headers: dict[str, str]) -> None:
    assert await open_socket(guard, **headers) == "websocket.close"


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"origin": "null"}, {}])
async def test_the_socket_stays_shut_for_other_origins(
    guard: SessionGuard, session_id: str, headers: dict[str, str]
) -> None:
    assert await open_socket(guard, cookie=f"clawnet={session_id}", **headers) == "websocket.close"


async def test_the_socket_stays_shut_for_the_page_of_another_session(
    guard: SessionGuard, sessions: Sessions, session_id: str
) -> None:
    sessions.bind("page", "somebody-else")
    headers = {"cookie": f"clawnet={session_id}", "origin": f"http://{HOST}"}

    assert await open_socket(guard, "client_id=page", **headers) == "websocket.close"
