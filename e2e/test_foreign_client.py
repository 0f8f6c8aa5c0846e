"""A foreign client: npm's socket.io-client speaks with the relay as PROTOCOL_v2 says, without our SDK."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from e2e.agents import RawAgent
from e2e.forks import ROOT
from e2e.proxy import Mode, Proxy
from e2e.puppet import Puppet
from e2e.relay import Relay
from e2e.rest import Rest

SCRIPT = ROOT / "e2e" / "foreign" / "client.mjs"


class Foreigner(Puppet):
    """The Node process."""

    def messages(self) -> list[dict[str, Any]]:
        """Return the messages it heard, repetitions included."""
        return self.heard("chat_message")


@pytest.fixture
async def foreigner() -> AsyncIterator[Foreigner]:
    """Start the Node process."""
    assert (ROOT / "node_modules" / "socket.io-client").exists(), "run `npm ci` first"
    async with Foreigner("node", str(SCRIPT)) as started:
        yield started


def message(message_id: str, text: str) -> dict[str, Any]:
    return {
        "id": message_id,
        "to_type": "global",
        "to_id": "global",
        "payload": {"kind": "text", "text": text},
    }


@pytest.mark.parametrize("transports", [["websocket"], ["polling"], ["polling", "websocket"]], ids="+".join)
async def test_it_connects_sends_is_acked_and_receives(
    relay: Relay, operator: Rest, stack: AsyncExitStack, foreigner: Foreigner, transports: list[str]
) -> None:
    peer = await stack.enter_async_context(RawAgent(relay.url, await operator.enrol("peer")))

    token = await operator.enrol("foreigner")
    await foreigner.do("connect", url=relay.url, token=token, transports=transports)
    (welcome,) = await foreigner.until(lambda: foreigner.heard("welcome"))
    ack = (await foreigner.do("emit", event="chat_send", body=message("f-1", "good day")))["ack"]
    await peer.until(peer.messages)
    await peer.say("and to you")
    await foreigner.until(lambda: len(foreigner.messages()) == 2)
    done = (await foreigner.do("emit", event="chat_ack", body={"room": "global", "offset": 2}))["ack"]

    assert welcome["protocol"] == 2
    assert welcome["agent"]["id"] == "foreigner"
    assert (ack["ok"], ack["id"], ack["offset"], ack["duplicate"]) == (True, "f-1", 1, False)
    assert done["ok"]
    assert peer.texts() == ["good day", "and to you"]
    assert [heard["payload"]["text"] for heard in foreigner.messages()] == ["good day", "and to you"]
    assert (await foreigner.do("transport"))["transport"] == transports[-1]


async def test_it_is_told_why_it_is_refused(relay: Relay, foreigner: Foreigner) -> None:
    await foreigner.do("connect", url=relay.url, token="clw_nobody_nothing", transports=["websocket"])

    (refusal,) = await foreigner.until(lambda: foreigner.heard("connect_error"))

    assert refusal["code"] == "unauthenticated"
    assert refusal["retryable"] is False


async def test_it_reconnects_by_itself_and_gets_what_it_missed(
    relay: Relay, operator: Rest, stack: AsyncExitStack, foreigner: Foreigner
) -> None:
    proxy = await stack.enter_async_context(Proxy(relay.port))
    token = await operator.enrol("foreigner")
    await foreigner.do("connect", url=proxy.url, token=token, transports=["websocket"])
    await foreigner.until(lambda: foreigner.heard("welcome"))
    await operator.say("before")
    await foreigner.until(foreigner.messages)
    await foreigner.do("emit", event="chat_ack", body={"room": "global", "offset": 1})

    proxy.mode = Mode.REFUSE
    proxy.reset_all()
    for number in range(20):
        await operator.say(f"meanwhile {number}")
    proxy.mode = Mode.PASS
    await foreigner.until(lambda: len(foreigner.heard("welcome")) == 2)
    await foreigner.until(lambda: len(foreigner.messages()) == 21)
    ack = (await foreigner.do("emit", event="chat_send", body=message("f-1", "back again")))["ack"]

    assert [heard["offset"] for heard in foreigner.messages()[:21]] == list(range(1, 22))
    assert [heard["replay"] for heard in foreigner.messages()[:21]] == [False] + [True] * 20
    assert ack["offset"] == 22


async def test_its_retry_after_a_lost_ack_is_stored_once(
    relay: Relay, operator: Rest, stack: AsyncExitStack, foreigner: Foreigner
) -> None:
    proxy = await stack.enter_async_context(Proxy(relay.port))
    peer = await stack.enter_async_context(RawAgent(relay.url, await operator.enrol("peer")))
    token = await operator.enrol("foreigner")
    await foreigner.do("connect", url=proxy.url, token=token, transports=["websocket"])
    await foreigner.until(lambda: foreigner.heard("welcome"))

    proxy.mode = Mode.DEAF
    sending = asyncio.create_task(foreigner.do("retry", event="chat_send", body=message("f-1", "once")))
    await peer.until(peer.messages)
    proxy.reset_all()
    proxy.mode = Mode.PASS
    result = await sending

    assert result["tries"] > 1
    assert result["ack"]["duplicate"] is True
    assert peer.texts() == ["once"]


async def test_a_burst_of_50_over_polling_is_acked_in_order(
    relay: Relay, operator: Rest, foreigner: Foreigner
) -> None:
    token = await operator.enrol("foreigner")
    await foreigner.do("connect", url=relay.url, token=token, transports=["polling"])
    await foreigner.until(lambda: foreigner.heard("welcome"))

    bodies = [message(f"f-{number}", str(number)) for number in range(50)]
    acks = (await foreigner.do("burst", event="chat_send", bodies=bodies))["acks"]

    assert [ack["offset"] for ack in acks] == list(range(1, 51))
