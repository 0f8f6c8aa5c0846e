"""What an agent keeps on disk: it is there after the process, once, in order, and for its owner only."""

import asyncio
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from clawnet import Agent, ClawNetError, Message
from protocol.client.keeping import MAX_TASKS, Disk, Known, Memory, Outcome
from protocol.errors import Conflict, InvalidRequest, Unauthenticated
from tests.protocol.client_relay import QUICK, TOKEN, ScriptedRelay

SHORT = replace(QUICK, drain=0.05)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "agent.db"


def test_what_waits_is_there_again_in_order(path: Path) -> None:
    disk = Disk(path)
    for name in ("b", "a", "c"):
        disk.add(name, {"text": name})
    disk.add("a", {"text": "again"})
    disk.settle("b")
    disk.close()

    again = Disk(path)

    assert again.pending() == [("a", {"text": "a"}), ("c", {"text": "c"})]
    again.close()


def test_cursors_begin_anew_where_the_relay_says(path: Path) -> None:
    disk = Disk(path)
    disk.begin("one", {"global": 3, "gone": 1})
    disk.processed("global", 4)
    disk.begin("two", {"global": 0})
    disk.processed("new", 1)
    disk.close()

    again = Disk(path)

    assert again.cursors() == ("two", {"global": 0, "new": 1})
    again.close()


def test_tasks_are_known_by_how_far_they_came(path: Path) -> None:
    disk = Disk(path)
    disk.started("begun")
    disk.started("over")
    disk.ended("over", Outcome("succeeded", "yes"))
    disk.close()

    again = Disk(path)

    assert again.task("begun") == Known(None)
    assert again.task("over") == Known(Outcome("succeeded", "yes"))
    assert again.task("other") is None
    again.close()


def test_only_its_owner_reads_it_and_one_process_uses_it(path: Path) -> None:
    disk = Disk(path)

    with pytest.raises(Conflict):
        Disk(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    disk.close()


def test_what_is_no_state_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("not a database, whatever the name says" * 50)

    with pytest.raises(InvalidRequest):
        Disk(other)
    with pytest.raises(InvalidRequest):
        Disk(other / "below")


def test_memory_knows_the_newest_tasks_only() -> None:
    memory = Memory()
    for number in range(MAX_TASKS + 1):
        memory.started(str(number))
        memory.ended(str(number), Outcome("succeeded"))

    assert memory.task("0") is None
    assert memory.task(str(MAX_TASKS)) is not None
    assert (memory.pending(), memory.cursors()) == ([], ("", {}))


async def test_what_could_not_be_sent_is_sent_by_the_next_life(path: Path) -> None:
    relay = ScriptedRelay()
    async with relay.running() as port:
        relay.on_send = lambda _: None
        async with Agent(relay.url, token=TOKEN, pace=SHORT, state=path) as agent:
            for number in range(3):
                await agent.send("global", f"n{number}", wait=False)
        assert relay.texts == []
        relay.on_send = relay.store
        async with Agent(f"http://127.0.0.1:{port}", token=TOKEN, pace=QUICK, state=path) as agent:
            await agent.send("global", "n3")
        async with Agent(relay.url, token=TOKEN, pace=QUICK, state=path):
            pass

    assert relay.texts == ["n0", "n1", "n2", "n3"]
    assert len({body["id"] for body in relay.stored}) == 4


async def test_a_token_that_ended_loses_nothing(path: Path) -> None:
    relay = ScriptedRelay()
    async with relay.running():
        agent = Agent(relay.url, token=TOKEN, pace=QUICK, state=path)
        await agent.connect()
        relay.refuse_connects = [Unauthenticated("revoked")]
        relay.on_send = lambda _: None
        await agent.send("global", "kept", wait=False)
        await relay.hang_up()
        with pytest.raises(ClawNetError):
            await agent.wait()
    disk = Disk(path)

    assert [body["payload"]["text"] for _, body in disk.pending()] == ["kept"]
    disk.close()


async def test_what_was_processed_is_not_heard_again(path: Path) -> None:
    relay, heard = ScriptedRelay(), []
    news = asyncio.Condition()

    def listening() -> Agent:
        agent = Agent(relay.url, token=TOKEN, pace=QUICK, state=path)

        @agent.on_message
        async def hear(message: Message) -> None:
            async with news:
                heard.append(message.offset)
                news.notify_all()

        return agent

    async with relay.running():
        async with listening():
            for offset in (1, 2):
                await relay.post(offset)
            async with asyncio.timeout(10), news:
                await news.wait_for(lambda: heard == [1, 2])
        async with listening():
            for offset in (1, 2, 3):
                await relay.post(offset, replay=True)
            async with asyncio.timeout(10), news:
                await news.wait_for(lambda: heard == [1, 2, 3])

    assert relay.handshakes[1]["resume"] == {"epoch": "epoch-1", "offsets": {"global": 2}}
