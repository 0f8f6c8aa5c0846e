"""`/api/v1/tasks`: what is asked of tasks over REST."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.fakes import turns

TASKS = "/api/v1/tasks"


async def made(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    """Dispatch to ann; return the one task."""
    answer = await client.post(TASKS, json={"to": "ann", "command": "ping"} | fields)
    assert answer.status_code == 201, answer.text
    (task,) = answer.json()["tasks"]
    return dict(task)


async def test_task_is_dispatched_seen_and_listed(
    operator: httpx.AsyncClient, ann: httpx.AsyncClient
) -> None:
    placed = await made(operator, command="ask", args=["how are you"], timeout=30)

    seen = (await operator.get(f"{TASKS}/{placed['id']}")).json()
    listed = (await ann.get(TASKS)).json()

    assert placed == {"id": seen["id"], "to": "ann", "state": "queued"}
    assert (seen["args"], seen["timeout"], seen["room"]) == (["how are you"], 30, "dm:ann:operator")
    assert (listed["items"], listed["next"]) == ([seen], None)


async def test_task_can_be_waited_for(operator: httpx.AsyncClient, ann: httpx.AsyncClient) -> None:
    placed = await made(operator)
    url = f"{TASKS}/{placed['id']}"

    before = await ann.get(url, params={"wait": 0.01})
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(operator.get(url, params={"wait": 60}))
        await turns()
        await operator.post(f"{url}/cancel")
    after = await operator.get(url, params={"wait": 60})

    states = [answer.json()["state"] for answer in (before, waiting.result(), after)]
    assert states == ["queued", "cancelled", "cancelled"]


async def test_same_key_again_is_no_second_task(operator: httpx.AsyncClient, ann: httpx.AsyncClient) -> None:
    body, headers = {"to": ["ann", "@ghost"], "command": "ping"}, {"Idempotency-Key": "same"}

    first = await operator.post(TASKS, json=body, headers=headers)
    again = await operator.post(TASKS, json=body, headers=headers)
    other = await operator.post(TASKS, json=body | {"command": "status"}, headers=headers)

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert again.json()["tasks"] == first.json()["tasks"]
    assert (first.json()["unknown"], again.json()["duplicate"]) == (["@ghost"], True)
    assert len((await ann.get(TASKS)).json()["items"]) == 1


async def test_pages_join_and_filters_hold(operator: httpx.AsyncClient, ann: httpx.AsyncClient) -> None:
    for _ in range(5):
        await made(operator)
    whole = [task["id"] for task in (await ann.get(TASKS)).json()["items"]]

    turned, query = [], "?limit=2"
    while query:
        page = (await operator.get(TASKS + query)).json()
        turned += [task["id"] for task in page["items"]]
        query = f"?limit=2&cursor={page['next']}" if page["next"] else ""

    assert turned == whole
    assert len((await operator.get(f"{TASKS}?state=queued&to=ann")).json()["items"]) == 5
    assert (await operator.get(f"{TASKS}?state=running")).json()["items"] == []
    assert (await operator.get(f"{TASKS}?room=nowhere")).json()["items"] == []


async def test_page_after_a_task_that_is_not_there_is_refused(operator: httpx.AsyncClient) -> None:
    answer = await operator.get(f"{TASKS}?cursor=nothing")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.usefixtures("ann")
async def test_task_is_cancelled_and_retried(operator: httpx.AsyncClient) -> None:
    placed = await made(operator)
    path = f"{TASKS}/{placed['id']}"

    too_early = await operator.post(f"{path}/retry")
    cancelled = await operator.post(f"{path}/cancel", json={"reason": "no need"})
    too_late = await operator.post(f"{path}/cancel")
    retried = await operator.post(f"{path}/retry", headers={"Idempotency-Key": "same"})
    again = await operator.post(f"{path}/retry", headers={"Idempotency-Key": "same"})

    assert (too_early.status_code, too_late.status_code) == (409, 409)
    assert (cancelled.json()["state"], cancelled.json()["reason"]) == ("cancelled", "no need")
    assert (retried.status_code, retried.json()["retry_of"]) == (201, placed["id"])
    assert again.json()["id"] == retried.json()["id"]


async def test_risky_task_is_approved_or_denied_by_masters(
    operator: httpx.AsyncClient, ann: httpx.AsyncClient
) -> None:
    one, other = [(await made(operator, command="do", args=[each]))["id"] for each in "ab"]

    refused = await ann.post(f"{TASKS}/{one}/approve")
    approved = await operator.post(f"{TASKS}/{one}/approve")
    denied = await operator.post(f"{TASKS}/{other}/deny", json={"reason": "not today"})

    assert refused.status_code == 403
    assert (approved.json()["state"], approved.json()["approved_by"]) == ("queued", "operator")
    assert (denied.json()["state"], denied.json()["reason"]) == ("denied", "not today")


async def test_worker_gives_no_orders(ann: httpx.AsyncClient) -> None:
    answer = await ann.post(TASKS, json={"to": "operator", "command": "do", "args": ["it"]})

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_hidden_task_answers_as_one_that_is_not_there(
    operator: httpx.AsyncClient, ann: httpx.AsyncClient
) -> None:
    await operator.post("/api/v1/agents", json={"agent_id": "bob"})
    hidden = await made(operator, to="bob")

    for method, path in [("GET", ""), ("POST", "/cancel"), ("POST", "/retry")]:
        one = await ann.request(method, f"{TASKS}/{hidden['id']}{path}")
        other = await ann.request(method, f"{TASKS}/nothing{path}")
        assert one.status_code == 404
        assert one.json() == other.json()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"to": "ann"},
        {"to": [], "command": "ping"},
        {"to": "", "command": "ping"},
        {"to": "ann", "command": ""},
        {"to": "ann", "command": "nothing"},
        {"to": "ann", "command": "pause", "args": ["@all"]},
        {"to": "ann", "command": "ping", "timeout": 0},
        {"to": "ann", "command": "ping", "timeout": 86_401},
        {"to": "ann", "command": "ask", "args": ["x"] * 65},
        {"to": "ann", "command": "ask", "args": ["\u0000"]},
        {"to": "ann", "command": "ping", "surprise": 1},
    ],
)
async def test_body_that_makes_no_sense_is_refused(
    operator: httpx.AsyncClient, ann: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    answer = await operator.post(TASKS, json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert (await ann.get(TASKS)).json()["items"] == []


@pytest.mark.parametrize("query", ["?limit=0", "?limit=201", "?state=asleep", "?to=%20"])
async def test_query_that_makes_no_sense_is_refused(operator: httpx.AsyncClient, query: str) -> None:
    assert (await operator.get(TASKS + query)).status_code == 422
