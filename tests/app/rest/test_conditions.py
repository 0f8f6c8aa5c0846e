"""`ETag` and `If-Match`: nobody undoes what somebody else has just changed."""

import httpx
import pytest

ALPHA = "/api/v1/rooms/alpha"


@pytest.fixture
async def tag(operator: httpx.AsyncClient) -> str:
    await operator.post("/api/v1/rooms", json={"id": "alpha"})
    return (await operator.get(ALPHA)).headers["etag"]


async def test_change_passes_while_the_room_is_as_it_was_seen(operator: httpx.AsyncClient, tag: str) -> None:
    body = {"to_type": "room", "to_id": "alpha", "text": "hello"}
    await operator.post("/api/v1/messages", json=body)

    changed = await operator.patch(ALPHA, json={"topic": "new"}, headers={"If-Match": f'"x", {tag}'})

    assert changed.status_code == 200
    assert changed.headers["etag"] == (await operator.get(ALPHA)).headers["etag"] != tag


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_change_of_what_was_changed_meanwhile_is_refused(
    operator: httpx.AsyncClient, tag: str, method: str
) -> None:
    await operator.patch(ALPHA, json={"topic": "theirs"})

    body = {"topic": "mine"} if method == "PATCH" else None
    answer = await operator.request(method, ALPHA, json=body, headers={"If-Match": tag})

    assert (answer.status_code, answer.json()["code"]) == (412, "conflict")
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await operator.get(ALPHA)).json()["topic"] == "theirs"


@pytest.mark.parametrize("given", [None, "*"])
async def test_change_without_a_condition_passes(
    operator: httpx.AsyncClient, tag: str, given: str | None
) -> None:
    assert tag
    headers = {"If-Match": given} if given else {}

    assert (await operator.delete(ALPHA, headers=headers)).status_code == 204
