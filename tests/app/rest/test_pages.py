"""Lists page by page, by the body's cursor and by the header `Link`."""

import re

import httpx
import pytest


@pytest.fixture
async def crowd(operator: httpx.AsyncClient) -> httpx.AsyncClient:
    for number in range(4):
        await operator.post("/api/v1/agents", json={"agent_id": f"agent-{number}"})
        await operator.post("/api/v1/rooms", json={"id": f"room-{number}"})
        body = {"to_type": "global", "to_id": "global", "text": f"text {number}"}
        await operator.post("/api/v1/messages", json=body)
    return operator


def linked(answer: httpx.Response, relation: str = "next") -> str | None:
    found = re.search(rf'<([^>]*)>; rel="{relation}"', answer.headers.get("link", ""))
    return found[1] if found else None


@pytest.mark.parametrize(
    "path",
    [
        "rooms?limit=2",
        "agents?limit=2",
        "presence?limit=2",
        "handles?limit=2",
        "rooms/global/members?limit=2",
        "rooms/global/search?q=text&limit=2",
        "audit?limit=2",
        "tokens?limit=2",
    ],
)
async def test_links_lead_through_the_whole_list(crowd: httpx.AsyncClient, path: str) -> None:
    items, url = [], f"/api/v1/{path}"
    while True:
        answer = await crowd.get(url)
        assert len(answer.json()["items"]) <= 2
        items += answer.json()["items"]
        if (following := linked(answer)) is None:
            break
        assert answer.json()["next"] is not None
        url = following

    whole = (await crowd.get(f"/api/v1/{path.replace('limit=2', 'limit=200')}")).json()["items"]
    assert [str(item) for item in items] == [str(item) for item in whole]
    assert len(items) >= 4


async def test_history_is_linked_both_ways(crowd: httpx.AsyncClient) -> None:
    newest = await crowd.get("/api/v1/rooms/global/history?limit=2")
    older = await crowd.get(linked(newest, "prev") or "")
    again = await crowd.get(linked(older) or "")

    assert linked(newest) is None
    assert linked(older, "prev") is None
    assert again.json()["items"] == newest.json()["items"]
    assert [item["offset"] for item in older.json()["items"]] == [1, 2]


async def test_page_after_what_is_gone_is_said_to_be_gone(crowd: httpx.AsyncClient) -> None:
    answer = await crowd.get("/api/v1/rooms?cursor=nothing")

    assert (answer.status_code, answer.json()["field"]) == (404, "cursor")
