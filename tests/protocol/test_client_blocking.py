"""The agent for scripts: no asyncio, the same promises."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path

import pytest

from clawnet import SyncAgent
from protocol.errors import Unauthenticated, Unavailable
from tests.protocol.client_relay import QUICK, TOKEN, ScriptedRelay


class Elsewhere:
    """A scripted relay in a thread of its own."""

    def __init__(self) -> None:
        self.relay = ScriptedRelay()
        self._loop = asyncio.new_event_loop()
        self._is_over: asyncio.Event | None = None
        self._is_up: Future[None] = Future()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._live(),))

    def start(self) -> None:
        self._thread.start()
        self._is_up.result(20)

    def stop(self) -> None:
        assert self._is_over is not None
        self._loop.call_soon_threadsafe(self._is_over.set)
        self._thread.join()
        self._loop.close()

    def post(self, *offsets: int) -> None:
        for offset in offsets:
            posting = self.relay.post(offset, text=f"n{offset}")
            asyncio.run_coroutine_threadsafe(posting, self._loop).result(20)

    def refuse(self) -> None:
        self.relay.refuse_connects = [Unauthenticated("revoked")]
        asyncio.run_coroutine_threadsafe(self.relay.hang_up(), self._loop).result(20)

    async def _live(self) -> None:
        self._is_over = asyncio.Event()
        async with self.relay.running():
            self._is_up.set_result(None)
            await self._is_over.wait()


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    there = Elsewhere()
    there.start()
    yield there
    there.stop()


def script(there: Elsewhere, state: Path | None = None) -> SyncAgent:
    return SyncAgent(there.relay.url, token=TOKEN, state=state, pace=QUICK)


def test_a_script_says_and_hears(elsewhere: Elsewhere) -> None:
    with script(elsewhere) as agent:
        sent = agent.send("global", "hello", id="fixed")
        elsewhere.post(1, 2)
        heard = [agent.receive(10), agent.receive(10)]
        silence = agent.receive(0.01)

    assert (agent.id, sent.offset, elsewhere.relay.texts) == ("me", 1, ["hello"])
    assert [message.offset for message in heard if message] == [1, 2]
    assert silence is None


def test_what_was_handed_out_is_acknowledged_when_the_next_is_asked_for(
    elsewhere: Elsewhere, tmp_path: Path
) -> None:
    state = tmp_path / "script.db"
    with script(elsewhere, state) as agent:
        elsewhere.post(1, 2, 3)
        assert [message.offset for message in (agent.receive(10), agent.receive(10)) if message] == [1, 2]
    with script(elsewhere, state):
        pass

    assert elsewhere.relay.handshakes[1]["resume"]["offsets"] == {"global": 2}


def test_what_broke_the_script_comes_again(elsewhere: Elsewhere, tmp_path: Path) -> None:
    state = tmp_path / "script.db"
    with suppress(ValueError), script(elsewhere, state) as agent:
        elsewhere.post(1, 2)
        agent.receive(10)
        agent.receive(10)
        raise ValueError("no luck")
    with script(elsewhere, state):
        pass

    assert elsewhere.relay.handshakes[1]["resume"]["offsets"] == {"global": 1}


def test_a_refusal_reaches_who_waits(elsewhere: Elsewhere) -> None:
    with script(elsewhere) as agent:
        elsewhere.refuse()
        with pytest.raises(Unauthenticated):
            agent.receive(20)
        with pytest.raises(Unauthenticated):
            list(agent.messages(20))


def test_no_relay_is_said_and_leaves_no_thread() -> None:
    before = threading.active_count()

    with pytest.raises(Unavailable), SyncAgent("http://127.0.0.1:9", token=TOKEN, within=0.1, pace=QUICK):
        pass

    assert threading.active_count() == before
