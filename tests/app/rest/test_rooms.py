"""`/api/v1/rooms`: making, entering, leaving, and reading what was said."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.fakes import turns

ROOMS = "/api/v1/rooms"


async def talk(client: httpx.AsyncClient, count: int, room: str = "global") -> None:
    for n in range(count):
        body = {"to_type": "room", "to_id": room, "text": f"text {n}"}
        assert (await client.post("/api/v1/messages", json=body)).status_code == 201


async def test_room_is_made_listed_and_shown(operator: httpx.AsyncClient) -> None:
    made = await operator.post(ROOMS, json={"id": "alpha", "topic": "tides"})
    listed = (await operator.get(ROOMS)).json()

    assert made.status_code == 201
    assert made.json()["owner"] == "operator"
    assert [item["id"] for item in listed["items"]] == ["global", "alpha"]
    assert listed["next"] is None
    assert (await operator.get(f"{ROOMS}/alpha")).json() == made.json() == listed["items"][1]


async def test_room_is_made_once(operator: httpx.AsyncClient) -> None:
    await operator.post(ROOMS, json={"id": "alpha"})

    answer = await operator.post(ROOMS, json={"id": "alpha"})

    assert (answer.status_code, answer.json()["code"]) == (409, "room_exists")


async def test_agent_joins_and_leaves(operator: httpx.AsyncClient, ann: httpx.AsyncClient) -> None:
    await operator.post(ROOMS, json={"id": "alpha"})

    joined = await ann.post(f"{ROOMS}/alpha/join")
    left = await ann.post(f"{ROOMS}/alpha/leave")

    assert joined.json()["members"] == ["operator", "ann"]
    assert left.json()["members"] == ["operator"]


async def test_agent_is_invited_and_put_out(operator: httpx.AsyncClient, ann: httpx.AsyncClient) -> None:
    made = await operator.post(ROOMS, json={"id": "cellar", "visibility": "private"})
    cellar = f"{ROOMS}/{made.json()['id']}"

    before = await ann.get(cellar)
    invited = await operator.post(f"{cellar}/invite", json={"agent_id": "ann"})
    again = await operator.post(f"{cellar}/invitations", json={"agent_id": "ann"})
    inside = await ann.get(cellar)
    put_out = await operator.post(f"{cellar}/kick", json={"agent_id": "ann"})
    after = await ann.get(cellar)

    told = (before, invited, again, inside, put_out, after)
    assert [each.status_code for each in told] == [404, 200, 201, 200, 200, 404]


async def test_reader_waits_until_something_is_said(
    operator: httpx.AsyncClient, ann: httpx.AsyncClient
) -> None:
    await operator.post(ROOMS, json={"id": "alpha"})
    before = (await ann.get(f"{ROOMS}/alpha/history", params={"after": 0, "wait": 0.01})).json()
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(ann.get(f"{ROOMS}/alpha/history", params={"after": 0, "wait": 60}))
        await turns()
        await talk(operator, 1)
        await talk(operator, 1, "alpha")

    assert before["items"] == []
    assert [item["room"] for item in waiting.result().json()["items"]] == ["alpha"]
    assert (await ann.get(f"{ROOMS}/alpha/history", params={"wait": 1})).json()["field"] == "wait"


async def test_who_waits_in_a_room_that_goes_away_is_told(
    operator: httpx.AsyncClient, ann: httpx.AsyncClient
) -> None:
    await operator.post(ROOMS, json={"id": "alpha"})
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(ann.get(f"{ROOMS}/alpha/history", params={"after": 0, "wait": 60}))
        await turns()
        await operator.delete(f"{ROOMS}/alpha")

    assert (waiting.result().status_code, waiting.result().json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("GET", "/history", None),
        ("GET", "/history?after=0&wait=1", None),
        ("POST", "/invitations", {"agent_id": "ann"}),
        ("POST", "/join", None),
        ("POST", "/leave", None),
        ("POST", "/invite", {"agent_id": "ann"}),
        ("POST", "/kick", {"agent_id": "operator"}),
    ],
)
async def test_hidden_room_answers_as_one_that_is_not_there(
    operator: httpx.AsyncClient, ann: httpx.AsyncClient, method: str, path: str, body: Any
) -> None:
    made = await operator.post(ROOMS, json={"id": "cellar", "visibility": "private", "topic": "canary"})

    hidden = await ann.request(method, f"{ROOMS}/{made.json()['id']}{path}", json=body)
    nothing = await ann.request(method, f"{ROOMS}/nothing{path}", json=body)

    assert hidden.status_code == 404
    assert hidden.json() == nothing.json()
    assert headers_of(hidden) == headers_of(nothing)
    assert "canary" not in (await ann.get(ROOMS)).text


async def test_worker_does_not_manage_what_it_does_not_own(
    operator: httpx.AsyncClient, ann: httpx.AsyncClient
) -> None:
    await operator.post(ROOMS, json={"id": "alpha", "members": ["ann"]})

    answer = await ann.post(f"{ROOMS}/alpha/kick", json={"agent_id": "operator"})

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("query", "offsets", "more"),
    [
        ("", [1, 2, 3, 4, 5], False),
        ("?limit=2", [4, 5], True),
        ("?limit=2&before=4", [2, 3], True),
        ("?before=1", [], False),
        ("?limit=2&after=1", [2, 3], True),
        ("?after=5", [], False),
        ("?limit=3&around=3", [2, 3, 4], True),
        ("?limit=200", [1, 2, 3, 4, 5], False),
    ],
)
async def test_page_of_a_room_is_what_its_window_says(
    operator: httpx.AsyncClient, query: str, offsets: list[int], more: bool
) -> None:
    await talk(operator, 5)

    page = (await operator.get(f"{ROOMS}/global/history{query}")).json()

    assert [item["offset"] for item in page["items"]] == offsets
    assert (page["head"], page["oldest"], page["epoch"], page["more"]) == (5, 1, "first", more)


@pytest.mark.parametrize(
    "query",
    [
        "?before=1&after=2",
        "?after=1&around=1",
        "?before=-1",
        "?before=x",
        "?limit=0",
        "?limit=201",
        "?limit=",
        "?after=9007199254740993",
    ],
)
async def test_window_that_makes_no_sense_is_refused(operator: httpx.AsyncClient, query: str) -> None:
    answer = await operator.get(f"{ROOMS}/global/history{query}")

    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_request"


@pytest.mark.parametrize("room", ["x" * 201, "%00", "inbox:operator", "dm:a", "%F0%9F%90%B1"])
@pytest.mark.parametrize("path", ["", "/history"])
async def test_name_that_no_room_can_bear_breaks_nothing(
    operator: httpx.AsyncClient, room: str, path: str
) -> None:
    answer = await operator.get(f"{ROOMS}/{room}{path}")

    assert answer.status_code in {404, 422}
    assert answer.json()["code"] in {"not_found", "invalid_request"}


def headers_of(answer: httpx.Response) -> dict[str, str]:
    """Return what tells one answer from another; a count and an id are new with every request."""
    passing = {"ratelimit-remaining", "x-request-id"}
    return {name: value for name, value in answer.headers.items() if name not in passing}


async def test_search_is_paged_from_the_newest_on(operator: httpx.AsyncClient) -> None:
    await talk(operator, 5)

    first = (await operator.get(f"{ROOMS}/global/search", params={"q": "TEXT", "limit": 3})).json()
    query = {"q": "text", "before": first["next"]}
    last = (await operator.get(f"{ROOMS}/global/search", params=query)).json()

    assert [item["offset"] for item in first["items"]] == [5, 4, 3]
    assert ([item["offset"] for item in last["items"]], last["next"]) == ([2, 1], None)
