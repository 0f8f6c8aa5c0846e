"""Sending with the SDK: kept, sent again with the same id, in order, until answered for good."""

import asyncio
from dataclasses import replace

import pytest

from clawnet import Agent
from protocol.errors import (
    ClawNetError,
    DedupeMismatch,
    Forbidden,
    Internal,
    RateLimited,
)
from tests.protocol.client_relay import (
    QUICK,
    TOKEN,
    Body,
    ScriptedRelay,
    begun,
    refusal,
)


async def test_an_ack_without_ok_is_no_ack(relay: ScriptedRelay, agent: Agent) -> None:
    relay.on_send = lambda body: relay.store(body) if len(relay.sends) > 2 else None

    sent = await agent.send("global", "hello")

    assert {body["id"] for body in relay.sends} == {sent.id}
    assert len(relay.sends) == 3


async def test_a_lost_ack_does_not_store_twice(relay: ScriptedRelay, agent: Agent) -> None:
    def store_but_lose_the_first_ack(body: Body) -> Body | None:
        answer = relay.store(body)
        return answer if len(relay.sends) > 1 else None

    relay.on_send = store_but_lose_the_first_ack

    sent = await agent.send("global", "hello")

    assert sent.duplicate
    assert relay.texts == ["hello"]


async def test_a_send_survives_the_loss_of_the_connection(relay: ScriptedRelay, agent: Agent) -> None:
    relay.on_send = lambda body: relay.store(body) if len(relay.handshakes) > 1 else None
    sending = begun(agent.send("global", "hello"))
    await relay.until(lambda: len(relay.sends) == 1)

    await relay.hang_up()
    sent = await sending

    assert {body["id"] for body in relay.sends} == {sent.id}
    assert len(relay.handshakes) == 2


async def test_silence_makes_the_agent_connect_anew(relay: ScriptedRelay) -> None:
    relay.on_send = lambda body: relay.store(body) if len(relay.handshakes) > 1 else None
    impatient = replace(QUICK, retry=replace(QUICK.retry, first=0.02, cap=0.02))

    async with Agent(relay.url, token=TOKEN, pace=impatient) as agent:
        await agent.send("global", "hello")

    assert len(relay.handshakes) == 2


async def test_retry_after_is_honoured(relay: ScriptedRelay, agent: Agent) -> None:
    limited = refusal(RateLimited("slow down", retry_after=0.7))
    relay.on_send = lambda body: relay.store(body) if len(relay.sends) > 1 else limited
    loop = asyncio.get_running_loop()
    began = loop.time()

    await agent.send("global", "hello")

    assert loop.time() - began >= 0.7


async def test_a_refusal_for_good_is_raised_and_holds_nobody_up(relay: ScriptedRelay, agent: Agent) -> None:
    forbidden = refusal(Forbidden("not here"))
    relay.on_send = lambda body: forbidden if body["to_id"] == "closed" else relay.store(body)

    refused, sent = await asyncio.gather(
        agent.send("closed", "one"), agent.send("global", "two"), return_exceptions=True
    )

    assert isinstance(refused, Forbidden)
    assert not isinstance(sent, BaseException)
    assert relay.texts == ["two"]


async def test_the_relay_may_call_an_unknown_code_final(relay: ScriptedRelay, agent: Agent) -> None:
    error = {"code": "out_of_cheese", "message": "redo from start", "retryable": False}
    relay.on_send = lambda _: {"ok": False, "error": error}

    with pytest.raises(ClawNetError, match="redo from start"):
        await agent.send("global", "hello")


async def test_a_message_that_breaks_the_relay_does_not_block_for_ever(relay: ScriptedRelay) -> None:
    broken = refusal(Internal("the relay failed", retry_after=0.0))
    relay.on_send = lambda body: broken if body["id"] == "poison" else relay.store(body)

    async with Agent(relay.url, token=TOKEN, pace=QUICK) as agent:
        poison, sent = await asyncio.gather(
            agent.send("global", "one", id="poison"), agent.send("global", "two"), return_exceptions=True
        )

    assert isinstance(poison, Internal)
    assert not isinstance(sent, BaseException)


@pytest.mark.parametrize("in_flight", [1, 8])
async def test_order_is_the_order_of_the_calls(relay: ScriptedRelay, in_flight: int) -> None:
    relay.on_send = lambda body: (
        relay.store(body) if len(relay.sends) % 5 else _stored_in_silence(relay, body)
    )
    texts = [f"n{number}" for number in range(40)]
    pace = replace(QUICK, in_flight=in_flight, retry=replace(QUICK.retry, first=0.05, cap=0.05))

    async with Agent(relay.url, token=TOKEN, pace=pace) as agent:
        await asyncio.gather(*(agent.send("global", text) for text in texts))

    assert relay.texts == texts


async def test_order_holds_when_the_relay_takes_only_some(relay: ScriptedRelay, agent: Agent) -> None:
    busy = refusal(RateLimited("slow down", retry_after=0.0))
    relay.on_send = lambda body: relay.store(body) if len(relay.sends) % 3 else busy
    texts = [f"n{number}" for number in range(30)]

    await asyncio.gather(*(agent.send("global", text) for text in texts))

    assert relay.texts == texts


async def test_pipelined_sends_do_not_overtake_one_that_is_refused(relay: ScriptedRelay) -> None:
    busy = refusal(RateLimited("slow down", retry_after=0.2))
    relay.on_send = lambda body: busy if len(relay.sends) <= 4 else relay.store(body)
    texts = [f"n{number}" for number in range(12)]

    async with Agent(relay.url, token=TOKEN, pace=replace(QUICK, in_flight=4)) as agent:
        await asyncio.gather(*(agent.send("global", text) for text in texts))

    assert relay.texts == texts


async def test_the_same_id_is_the_same_message(relay: ScriptedRelay, agent: Agent) -> None:
    one, other = await asyncio.gather(
        agent.send("global", "hello", id="m-1"), agent.send("global", "hello", id="m-1")
    )

    assert one == other
    assert len(relay.sends) == 1


async def test_another_text_under_a_waiting_id_is_refused(agent: Agent) -> None:
    await agent.send("global", "hello", id="m-1", wait=False)

    with pytest.raises(DedupeMismatch):
        await agent.send("global", "other", id="m-1")


async def test_a_full_outbox_says_so(relay: ScriptedRelay) -> None:
    relay.on_send = lambda _: None

    async with Agent(relay.url, token=TOKEN, pace=replace(QUICK, outbox=2, drain=0.05)) as agent:
        await agent.send("global", "one", wait=False)
        await agent.send("global", "two", wait=False)
        with pytest.raises(OverflowError):
            await agent.send("global", "three")


def _stored_in_silence(relay: ScriptedRelay, body: Body) -> None:
    relay.store(body)
