"""`/api/v1/messages`: saying something, once."""

import asyncio
import logging

import httpx
import pytest

HELLO = {"to_type": "global", "to_id": "global", "text": "hello"}


async def said(client: httpx.AsyncClient, room: str = "global") -> list[str]:
    """Return the texts of a room."""
    items = (await client.get(f"/api/v1/rooms/{room}/history")).json()["items"]
    return [item["payload"]["text"] for item in items]


async def test_message_is_stored_and_answered_as_on_the_socket(operator: httpx.AsyncClient) -> None:
    answer = await operator.post("/api/v1/messages", json=HELLO | {"id": "one"})

    assert answer.status_code == 201
    assert answer.json() == {
        "id": "one",
        "room": "global",
        "offset": 1,
        "ts": "2026-01-01T00:00:00.000Z",
        "duplicate": False,
        "unreachable": [],
        "task_ids": [],
        "unknown": [],
        "notice": None,
        "durability": "memory",
    }
    assert await said(operator) == ["hello"]


async def test_repeat_is_answered_with_the_first_place(operator: httpx.AsyncClient) -> None:
    first = await operator.post("/api/v1/messages", json=HELLO | {"id": "one"})

    repeat = await operator.post("/api/v1/messages", json=HELLO | {"id": "one"})

    assert repeat.status_code == 200
    assert repeat.json() == first.json() | {"duplicate": True}
    assert await said(operator) == ["hello"]


async def test_of_many_repeats_at_once_one_is_stored(operator: httpx.AsyncClient) -> None:
    body = HELLO | {"dedupe_key": "key"}

    answers = await asyncio.gather(*(operator.post("/api/v1/messages", json=body) for _ in range(20)))

    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert {answer.json()["offset"] for answer in answers} == {1}
    assert await said(operator) == ["hello"]


async def test_text_and_payload_say_the_same(operator: httpx.AsyncClient) -> None:
    address = {"to_type": "global", "to_id": "global", "id": "one"}
    await operator.post("/api/v1/messages", json=address | {"text": "hello"})

    repeat = await operator.post(
        "/api/v1/messages", json=address | {"payload": {"kind": "text", "text": "hello"}}
    )

    assert repeat.json()["duplicate"] is True


async def test_sender_is_who_the_token_says(operator: httpx.AsyncClient, ann: httpx.AsyncClient) -> None:
    await ann.post("/api/v1/messages", json=HELLO)

    (item,) = (await operator.get("/api/v1/rooms/global/history")).json()["items"]
    assert (item["from_id"], item["from_handle"]) == ("ann", "ann")


async def test_direct_message_is_read_by_its_parties(
    operator: httpx.AsyncClient, ann: httpx.AsyncClient
) -> None:
    answer = await ann.post("/api/v1/messages", json=HELLO | {"to_type": "dm", "to_id": "@operator"})

    assert answer.json()["room"] == "dm:ann:operator"
    assert answer.json()["unreachable"] == ["operator"]
    assert await said(operator, "dm:ann:operator") == await said(ann, "dm:ann:operator") == ["hello"]


async def test_what_was_said_stands_in_no_log(
    operator: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="clawnet"):
        await operator.post("/api/v1/messages", json=HELLO | {"text": "canary"})
        await operator.post("/api/v1/messages", json=HELLO | {"text": "canary", "to_type": "canary"})
        await operator.post("/api/v1/messages", content=b'{"canary')

    ours = [record for record in caplog.records if record.name.startswith("clawnet")]
    assert "canary" not in repr([vars(record) for record in ours])


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ({"to_type": "room", "to_id": "nowhere"}, 404, "not_found"),
        ({"to_type": "dm", "to_id": "nobody"}, 404, "not_found"),
        ({"to_type": "dm", "to_id": "operator"}, 422, "invalid_request"),
    ],
)
async def test_wrong_address_is_refused(
    operator: httpx.AsyncClient, address: dict[str, str], status: int, code: str
) -> None:
    answer = await operator.post("/api/v1/messages", json=HELLO | address)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_message_is_read_and_taken_back(operator: httpx.AsyncClient) -> None:
    body = {"to_type": "global", "to_id": "global", "text": "hello"}
    sent = (await operator.post("/api/v1/messages", json=body)).json()
    url = f"/api/v1/rooms/global/messages/{sent['id']}"

    read = await operator.get(url)
    deleted = await operator.delete(f"{url}?reason=mistaken")
    tombstone = (await operator.get(url)).json()["payload"]

    assert (read.json()["payload"]["text"], deleted.json()) == ("hello", {"offset": 2})
    assert (tombstone["kind"], tombstone["reason"]) == ("redaction", "mistaken")
    assert (await operator.get("/api/v1/rooms/global/messages/nothing")).status_code == 404


async def test_idempotency_key_is_the_dedupe_key(operator: httpx.AsyncClient) -> None:
    body = {"to_type": "global", "to_id": "global", "text": "hello"}
    headers = {"Idempotency-Key": "once"}

    first, second = [await operator.post("/api/v1/messages", json=body, headers=headers) for _ in range(2)]
    other = await operator.post("/api/v1/messages", json=body | {"text": "other"}, headers=headers)
    odd = await operator.post("/api/v1/messages", json=body, headers={"Idempotency-Key": "no key"})

    assert [first.status_code, second.status_code] == [201, 200]
    assert first.json()["offset"] == second.json()["offset"]
    assert (other.status_code, other.json()["code"]) == (409, "dedupe_mismatch")
    assert (odd.status_code, odd.json()["field"]) == (422, "Idempotency-Key")
