"""At-least-once: what is sent again because its ack was lost is stored once."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from clawnet import Agent, Pace, RetryPolicy
from e2e.agents import RawAgent
from e2e.proxy import Mode, Proxy
from e2e.relay import Relay
from e2e.rest import Rest

SAYING = {
    "id": "msg-001",
    "to_type": "global",
    "to_id": "global",
    "payload": {"kind": "text", "text": "once, please"},
}


async def test_a_message_whose_ack_was_lost_is_stored_once_when_it_is_sent_again(
    relay: Relay, operator: Rest, stack: AsyncExitStack
) -> None:
    proxy = await stack.enter_async_context(Proxy(relay.port))
    sender = RawAgent(proxy.url, await operator.enrol("sender"))
    stack.push_async_callback(sender.close)
    await sender.connect()
    reader = await stack.enter_async_context(RawAgent(relay.url, await operator.enrol("reader")))

    proxy.mode = Mode.DEAF
    first: list[dict[str, Any]] = []
    lost = asyncio.create_task(_send(sender, first))
    (stored,) = await reader.until(reader.messages)
    await proxy.has_lost(b'"ok":true')
    proxy.mode = Mode.PASS
    # The ack went into the proxy while it was deaf; nothing may bring it back later.
    again = await asyncio.wait_for(sender.call("chat_send", SAYING), timeout=2)

    assert first == []
    assert again["ok"]
    assert again["duplicate"] is True
    assert (again["offset"], again["ts"]) == (stored["offset"], stored["ts"])
    assert [message["id"] for message in await operator.history()] == ["msg-001"]
    lost.cancel()


async def test_the_same_key_with_another_body_is_refused(
    relay: Relay, operator: Rest, stack: AsyncExitStack
) -> None:
    sender = await stack.enter_async_context(RawAgent(relay.url, await operator.enrol("sender")))
    await sender.ask("chat_send", SAYING)

    other = await sender.call("chat_send", SAYING | {"payload": {"kind": "text", "text": "something else"}})

    assert other["error"]["code"] == "dedupe_mismatch"
    assert len(await operator.history()) == 1


async def test_the_same_key_of_another_sender_is_another_message(
    relay: Relay, operator: Rest, stack: AsyncExitStack
) -> None:
    one = await stack.enter_async_context(RawAgent(relay.url, await operator.enrol("one")))
    two = await stack.enter_async_context(RawAgent(relay.url, await operator.enrol("two")))

    acks = [await one.ask("chat_send", SAYING), await two.ask("chat_send", SAYING)]

    assert [(ack["offset"], ack["duplicate"]) for ack in acks] == [(1, False), (2, False)]


@pytest.mark.parametrize("copies", [50])
async def test_copies_that_race_over_two_sockets_and_rest_are_stored_once(
    relay: Relay, operator: Rest, stack: AsyncExitStack, copies: int
) -> None:
    token = await operator.enrol("sender")
    sockets = [await stack.enter_async_context(RawAgent(relay.url, token)) for _ in range(2)]
    rest = await stack.enter_async_context(Rest(relay.url, token))

    acks = await asyncio.gather(
        *(sockets[n % 2].ask("chat_send", SAYING) for n in range(copies)),
        *(rest.http.post("/api/v1/messages", json=SAYING) for _ in range(copies)),
    )

    answers = [ack if isinstance(ack, dict) else ack.json() for ack in acks]
    assert {answer["offset"] for answer in answers} == {1}
    assert sum(not answer["duplicate"] for answer in answers) == 1
    assert len(await operator.history()) == 1


async def test_the_sdk_repeats_by_itself_until_the_relay_has_answered(
    relay: Relay, operator: Rest, stack: AsyncExitStack
) -> None:
    proxy = await stack.enter_async_context(Proxy(relay.port))
    pace = Pace(retry=RetryPolicy(first=0.2, cap=0.2), reconnect=RetryPolicy(first=0.05, cap=0.1))
    sender = Agent(proxy.url, token=await operator.enrol("sender"), pace=pace)
    await stack.enter_async_context(sender)
    reader = await stack.enter_async_context(RawAgent(relay.url, await operator.enrol("reader")))

    proxy.mode = Mode.DEAF
    sending = asyncio.create_task(sender.send("global", "once, please", id="msg-001"))
    await reader.until(reader.messages)
    proxy.reset_all()
    proxy.mode = Mode.PASS
    sent = await asyncio.wait_for(sending, timeout=20)

    assert sent.duplicate
    assert [message["id"] for message in await operator.history()] == ["msg-001"]
    assert len(reader.messages()) == 1


async def _send(sender: RawAgent, acks: list[dict[str, Any]]) -> None:
    acks.append(await sender.call("chat_send", SAYING))
