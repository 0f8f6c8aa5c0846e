"""`/api/v1/events` as a long poll; as a stream it is in e2e/test_events.py."""

import asyncio

import httpx

from app.rest.waiting import MAX_WAIT
from tests.fakes import FakeClock

EVENTS = "/api/v1/events"


async def say(client: httpx.AsyncClient, text: str) -> None:
    body = {"to_type": "global", "to_id": "global", "text": text}
    assert (await client.post("/api/v1/messages", json=body)).status_code == 201


async def test_poll_answers_with_what_is_there_and_goes_on_after_it(operator: httpx.AsyncClient) -> None:
    for number in range(3):
        await say(operator, f"text {number}")

    first = (await operator.get(EVENTS, params={"wait": 0, "limit": 2})).json()
    rest = (await operator.get(EVENTS, params={"wait": 0, "after": first["next"]})).json()
    nothing = (await operator.get(EVENTS, params={"wait": 0, "after": rest["next"]})).json()

    told = [item["data"]["payload"]["text"] for item in (*first["items"], *rest["items"])]
    assert told == ["text 0", "text 1", "text 2"]
    assert (nothing["items"], nothing["next"], nothing["recovered"]) == ([], rest["next"], True)


async def test_header_goes_before_the_query(operator: httpx.AsyncClient) -> None:
    await say(operator, "hello")
    cursor = (await operator.get(EVENTS, params={"wait": 0})).json()["next"]

    header = {"Last-Event-ID": cursor}

    assert (await operator.get(f"{EVENTS}?wait=0&after=nonsense", headers=header)).json()["items"] == []


async def test_poll_that_waits_is_answered_when_something_comes(operator: httpx.AsyncClient) -> None:
    async with asyncio.TaskGroup() as group:
        poll = group.create_task(operator.get(EVENTS, params={"wait": 60}))
        await asyncio.sleep(0)
        await say(operator, "hello")

    assert [item["event"] for item in poll.result().json()["items"]] == ["chat_message"]


async def test_poll_ends_when_its_time_is_over(operator: httpx.AsyncClient, clock: FakeClock) -> None:
    async with asyncio.TaskGroup() as group:
        poll = group.create_task(operator.get(EVENTS, params={"wait": 0.01}))
        await asyncio.sleep(0)
        clock.advance(1)

    assert (poll.result().status_code, poll.result().json()["items"]) == (200, [])


async def test_cursor_that_is_none_is_refused(operator: httpx.AsyncClient) -> None:
    for path, answer in (
        ("query", await operator.get(EVENTS, params={"wait": 0, "after": "nonsense"})),
        ("ack", await operator.post(f"{EVENTS}/ack", json={"cursor": "nonsense"})),
        ("wait", await operator.get(EVENTS, params={"wait": MAX_WAIT + 1})),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request"), path


async def test_receipt_moves_the_cursor_that_the_relay_keeps(operator: httpx.AsyncClient) -> None:
    await say(operator, "hello")
    cursor = (await operator.get(EVENTS, params={"wait": 0})).json()["next"]

    answer = await operator.post(f"{EVENTS}/ack", json={"cursor": cursor})

    assert answer.status_code == 204
    assert (await operator.get(EVENTS, params={"wait": 0})).json()["items"] == []


async def test_poll_hears_signals_if_it_asks_for_them(operator: httpx.AsyncClient) -> None:
    for signals, heard in (("true", ["room_update"]), ("false", ["chat_message"])):
        async with asyncio.TaskGroup() as group:
            poll = group.create_task(operator.get(EVENTS, params={"wait": 60, "signals": signals}))
            await asyncio.sleep(0)
            await operator.post("/api/v1/rooms", json={"id": f"room-{signals}"})
            await say(operator, "hello") if signals == "false" else None
        told = [item["event"] for item in poll.result().json()["items"]]
        assert set(heard) <= set(told), signals
        assert signals == "true" or "room_update" not in told
