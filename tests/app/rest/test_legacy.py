"""The routes of version 1: the shapes that its clients parse, by an own token or by the shared secret."""

from typing import Any

import httpx
import pytest

from app.settings import Settings
from tests.fakes import OPERATOR_TOKEN, settings_of

SECRET = "a-secret-that-all-share"


@pytest.fixture
def settings() -> Settings:
    return settings_of(secret_key=SECRET)


@pytest.fixture
def old(http: httpx.AsyncClient) -> httpx.AsyncClient:
    """Show the shared secret."""
    http.headers["Authorization"] = f"Bearer {SECRET}"
    return http


async def get(http: httpx.AsyncClient, path: str) -> dict[str, Any]:
    answer = await http.get(path)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_root_says_that_it_is_online(http: httpx.AsyncClient) -> None:
    greeting = await get(http, "/")

    assert greeting["status"].startswith("ClawNet ")
    assert greeting["online"] is True


async def test_secret_opens_the_old_routes_and_no_new_one(old: httpx.AsyncClient) -> None:
    told = {
        path: (await old.get(path)).status_code for path in ("/api/docs", "/api/logs/tasks", "/api/v1/rooms")
    }

    assert told == {"/api/docs": 200, "/api/logs/tasks": 200, "/api/v1/rooms": 401}


async def test_docs_describe_the_interface(old: httpx.AsyncClient) -> None:
    docs = await get(old, "/api/docs")

    assert docs["openapi"].startswith("3.")
    assert "/api/logs/server" in docs["paths"]


async def test_logs_are_lists_under_the_old_names(old: httpx.AsyncClient) -> None:
    assert (await get(old, "/api/logs/server?limit=5000&search=x"))["lines"] == []
    assert (await get(old, "/api/logs/tasks?limit=5000"))["tasks"] == []
    entries = (await get(old, "/api/logs/audit?limit=2"))["entries"]
    assert [entry["action"] for entry in entries] == ["login.shared", "login.shared"]


async def test_tasks_are_listed_oldest_first_in_old_words(operator: httpx.AsyncClient) -> None:
    await operator.post("/api/v1/agents", json={"agent_id": "ann"})
    for command in ("status", "ping"):
        await operator.post("/api/v1/tasks", json={"to": "ann", "command": command})

    tasks = (await get(operator, "/api/logs/tasks"))["tasks"]

    assert {task["cmd"] for task in tasks} == {"/status", "/ping"}
    assert {(task["agent_id"], task["status"]) for task in tasks} == {("ann", "QUEUED")}
    assert len((await get(operator, "/api/logs/tasks?limit=1"))["tasks"]) == 1


@pytest.mark.parametrize("limit", ["0", "-1", "x"])
async def test_limit_that_is_none_is_refused(old: httpx.AsyncClient, limit: str) -> None:
    assert (await old.get(f"/api/logs/tasks?limit={limit}")).status_code == 422


@pytest.mark.parametrize("secret", [SECRET, OPERATOR_TOKEN])
@pytest.mark.parametrize("in_form", [True, False])
async def test_role_is_given_by_a_secret_in_the_body(
    ann: httpx.AsyncClient, http: httpx.AsyncClient, secret: str, in_form: bool
) -> None:
    del http.headers["Authorization"]
    body = {"agentId": "ann", "role": "WARDEN", "secret": secret}

    answer = await http.post("/api/role", data=body) if in_form else await http.post("/api/role", json=body)

    assert answer.json() == {"success": True, "agentId": "ann", "role": "warden"}
    assert (await ann.get("/api/v1/agents/me")).json()["agent"]["role"] == "warden"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 401),
        ({"agentId": "ann", "role": "master"}, 401),
        ({"agentId": "ann", "role": "master", "secret": "wrong"}, 401),
        ({"agentId": "ann", "role": "king", "secret": SECRET}, 422),
        ({"agentId": "ann", "secret": SECRET}, 422),
        ({"agentId": "nobody", "role": "master", "secret": SECRET}, 404),
    ],
)
@pytest.mark.usefixtures("ann")
async def test_role_is_given_to_nobody_otherwise(
    http: httpx.AsyncClient, body: dict[str, str], status: int
) -> None:
    del http.headers["Authorization"]

    assert (await http.post("/api/role", json=body)).status_code == status


async def test_agent_gives_itself_no_role(ann: httpx.AsyncClient) -> None:
    assert (await ann.post("/api/role", json={"agentId": "ann", "role": "master"})).status_code == 403
