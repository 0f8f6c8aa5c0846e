"""A token in a header opens the dashboard at once, and nothing else."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from app.settings import Settings
from components.bearer import BearerEntry
from components.guard import SessionGuard
from components.ports import Console
from components.session import Sessions
from components.throttle import TRIES
from protocol.roles import Role
from tests.components.conftest import HOST
from tests.components.test_guard import inner
from tests.fakes import OPERATOR_TOKEN, Stage, settings_of

SECRET = "a-secret-that-all-share"


@pytest.fixture
def settings() -> Settings:
    return settings_of(secret_key=SECRET)


@pytest.fixture
def console(console: Console, stage: Stage) -> Console:
    """Take the shared secret as well, as a relay does."""
    return replace(console, entry=stage.core.shared)


@pytest.fixture
async def client(console: Console, sessions: Sessions) -> AsyncIterator[httpx.AsyncClient]:
    guard = SessionGuard(inner, sessions=sessions, allowed_origins=frozenset())
    app = BearerEntry(guard, console=console, sessions=sessions)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
        yield client


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("token", [OPERATOR_TOKEN, SECRET])
async def test_page_comes_with_a_session_of_its_own(client: httpx.AsyncClient, token: str) -> None:
    page = await client.get("/dashboard", headers=bearer(token))
    again = await client.get("/dashboard/r/global")

    assert (page.status_code, again.status_code) == (200, 200)
    assert "HttpOnly" in page.headers["set-cookie"]
    assert "set-cookie" not in again.headers


async def test_session_that_is_good_is_kept(client: httpx.AsyncClient) -> None:
    await client.get("/dashboard", headers=bearer(OPERATOR_TOKEN))

    page = await client.get("/dashboard", headers=bearer(OPERATOR_TOKEN))

    assert page.status_code == 200
    assert "set-cookie" not in page.headers


@pytest.mark.parametrize("token", ["", "wrong", SECRET + "x"])
async def test_wrong_token_opens_nothing(client: httpx.AsyncClient, token: str) -> None:
    page = await client.get("/dashboard", headers=bearer(token))

    assert page.status_code == 401
    assert page.headers["www-authenticate"] == "Bearer"
    assert "set-cookie" not in page.headers


async def test_agents_token_does_not_open_the_console(client: httpx.AsyncClient, stage: Stage) -> None:
    issued = await stage.core.people.credentials.enrol(stage.operator, agent_id="ann", role=Role.WORKER)

    assert (await client.get("/dashboard", headers=bearer(issued.text))).status_code == 403


async def test_guesses_are_slowed_down(client: httpx.AsyncClient) -> None:
    for _ in range(TRIES):
        await client.get("/dashboard", headers=bearer("wrong"))

    page = await client.get("/dashboard", headers=bearer(OPERATOR_TOKEN))

    assert page.status_code == 429
    assert int(page.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", "/dashboard", 401), ("GET", "/_nicegui/x.js", 401), ("GET", "/elsewhere", 404)],
)
async def test_header_opens_pages_alone(
    client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path, headers=bearer(OPERATOR_TOKEN))

    assert answer.status_code == status
    assert "set-cookie" not in answer.headers


async def test_page_without_a_header_leads_to_the_login(client: httpx.AsyncClient) -> None:
    assert (await client.get("/dashboard")).status_code == 303
