"""A foreign client: npm's socket.io-client speaks with the relay as PROTOCOL_v2 says, without our SDK."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

import pytest

from e2e.agents import RawAgent
from e2e.forks import ROOT
from e2e.proxy import Mode, Proxy
from e2e.relay import Relay
from e2e.rest import Rest

SCRIPT = ROOT / "e2e" / "foreign" / "client.mjs"


class Foreigner:
    """The Node process; `said` holds what it told us so far."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._numbers = itertools.count(1)
        self._news = asyncio.Condition()
        self.said: list[dict[str, Any]] = []

    async def __aenter__(self) -> Self:
        assert (ROOT / "node_modules" / "socket.io-client").exists(), "run `npm ci` first"
        self._process = await asyncio.create_subprocess_exec(
            "node",
            str(SCRIPT),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=2**20,
        )
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        await asyncio.wait_for(self._process.wait(), 10)
        if self._listening is not None:
            await self._listening

    async def do(self, command: str, **args: object) -> dict[str, Any]:
        """Give a command and return its result."""
        assert self._process is not None
        assert self._process.stdin is not None
        number = next(self._numbers)
        line = json.dumps({"number": number, "command": command} | args)
        self._process.stdin.write(line.encode() + b"\n")
        result: dict[str, Any] = await self.until(lambda: self._result(number))
        assert "failed" not in result, result
        return result

    def heard(self, event: str) -> list[dict[str, Any]]:
        """Return every such event, in order."""
        return [line for line in self.said if line.get("event") == event]

    def messages(self) -> list[dict[str, Any]]:
        """Return the messages it heard, repetitions included."""
        return [line["body"] for line in self.heard("chat_message")]

    async def until(self, look: Callable[[], Any], within: float = 30.0) -> Any:
        """Wait until `look` finds something and return that."""
        try:
            async with asyncio.timeout(within), self._news:
                await self._news.wait_for(look)
        except TimeoutError:
            raise AssertionError(f"waited in vain; it said last: {self.said[-5:]}") from None
        return look()

    def _result(self, number: int) -> dict[str, Any] | None:
        return next((line for line in self.said if line.get("done") == number), None)

    async def _listen(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            self.said.append(json.loads(line))
            async with self._news:
                self._news.notify_all()


@pytest.fixture
async def foreigner() -> AsyncIterator[Foreigner]:
    """Start the Node process."""
    async with Foreigner() as started:
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

    assert welcome["body"]["protocol"] == 2
    assert welcome["body"]["agent"]["id"] == "foreigner"
    assert (ack["ok"], ack["id"], ack["offset"], ack["duplicate"]) == (True, "f-1", 1, False)
    assert done["ok"]
    assert peer.texts() == ["good day", "and to you"]
    assert [heard["payload"]["text"] for heard in foreigner.messages()] == ["good day", "and to you"]
    assert (await foreigner.do("transport"))["transport"] == transports[-1]


async def test_it_is_told_why_it_is_refused(relay: Relay, foreigner: Foreigner) -> None:
    await foreigner.do("connect", url=relay.url, token="clw_nobody_nothing", transports=["websocket"])

    (refusal,) = await foreigner.until(lambda: foreigner.heard("connect_error"))

    assert refusal["body"]["code"] == "unauthenticated"
    assert refusal["body"]["retryable"] is False


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
