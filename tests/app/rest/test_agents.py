"""`/api/v1/agents`, `/handles` and `/presence`: who takes part."""

import httpx
import pytest


async def test_master_enrols_an_agent_and_gets_its_token(operator: httpx.AsyncClient) -> None:
    answer = await operator.post("/api/v1/agents", json={"agent_id": "Bob", "role": "warden"})

    body = answer.json()
    assert answer.status_code == 201
    assert body["token"].startswith("clw_")
    assert body["agent"] == {
        "id": "Bob",
        "handle": "bob",
        "role": "warden",
        "created_at": "2026-01-01T00:00:00.000Z",
        "status": "offline",
    }


async def test_token_is_shown_once(operator: httpx.AsyncClient) -> None:
    token = (await operator.post("/api/v1/agents", json={"agent_id": "bob"})).json()["token"]

    pages = [await operator.get(f"/api/v1/{name}") for name in ("agents", "presence", "agents/me", "rooms")]

    assert [page.status_code for page in pages] == [200] * 4
    assert not any(token.split("_")[2] in page.text for page in pages)


async def test_worker_enrols_nobody(ann: httpx.AsyncClient) -> None:
    answer = await ann.post("/api/v1/agents", json={"agent_id": "bob"})

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_agent_learns_who_it_is(ann: httpx.AsyncClient) -> None:
    assert (await ann.get("/api/v1/agents/me")).json()["agent"]["id"] == "ann"


async def test_agents_are_listed(ann: httpx.AsyncClient) -> None:
    listed = (await ann.get("/api/v1/agents")).json()

    assert [item["id"] for item in listed["items"]] == ["ann", "operator"]
    assert listed["next"] is None


async def test_agent_takes_another_handle(ann: httpx.AsyncClient) -> None:
    answer = await ann.post("/api/v1/handles", json={"agent_id": "ann", "handle": "star"})

    assert (answer.status_code, answer.json()["handle"]) == (201, "star")
    assert (await ann.get("/api/v1/agents/me")).json()["agent"]["handle"] == "star"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"agent_id": "ann", "handle": "operator"}, 409, "handle_taken"),
        ({"agent_id": "operator", "handle": "star"}, 403, "forbidden"),
        ({"agent_id": "ann", "handle": "system"}, 422, "invalid_request"),
    ],
)
async def test_handle_that_is_not_to_be_had_is_refused(
    ann: httpx.AsyncClient, body: dict[str, str], status: int, code: str
) -> None:
    answer = await ann.post("/api/v1/handles", json=body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_presence_of_all_is_listed(ann: httpx.AsyncClient) -> None:
    items = (await ann.get("/api/v1/presence")).json()["items"]

    assert [(item["agent_id"], item["status"], item["last_seen"]) for item in items] == [
        ("ann", "offline", None),
        ("operator", "offline", None),
    ]
