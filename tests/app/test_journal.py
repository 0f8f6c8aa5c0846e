"""The journal: one writer, one commit for all that queued, told in order and before the answer."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app import journal
from app.background import Background
from app.bus import Bus
from app.events import Fact, MessagePosted, TypingChanged
from app.journal import MAX_BATCH, Journal
from protocol.errors import DedupeMismatch, Internal, Unavailable
from storage.ports import Receipt
from tests.fakes import Ear, FlakyStore, an_append, turns


def posted(receipt: Receipt) -> tuple[MessagePosted, ...]:
    return tuple(MessagePosted(message) for message in receipt.messages)


class Desk:
    """A journal on a store of its own."""

    def __init__(self) -> None:
        self.store = FlakyStore()
        self.bus = Bus()
        self.ear = Ear()
        self.bus.subscribe(self.ear)
        self.background = Background()
        self.journal = Journal(store=self.store, bus=self.bus, background=self.background)

    def write(self, key: str, text: str = "hello") -> asyncio.Task[Receipt]:
        """Begin to write a message."""
        return asyncio.ensure_future(self.journal.write(an_append(key, text), facts=posted))  # noqa: TID251

    def offsets(self) -> list[int]:
        """Return the offsets that were announced, in order."""
        return [message.offset for message in self.ear.messages()]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    desk.journal.start()
    yield desk
    await desk.background.close()


async def test_written_message_is_stored_announced_and_answered(desk: Desk) -> None:
    receipt = await desk.journal.write(an_append("one"), facts=posted)

    assert receipt.messages[0].offset == 1
    assert desk.ear.messages() == [receipt.messages[0]]
    assert desk.store.bounds("alpha").head == 1


async def test_what_queues_while_a_commit_runs_goes_into_the_next_one(desk: Desk) -> None:
    desk.store.open.clear()
    first = desk.write("m0")
    await turns()
    others = [desk.write(f"m{n}") for n in range(1, 6)]
    await turns()

    desk.store.open.set()
    await asyncio.gather(first, *others)

    assert [len(batch) for batch in desk.store.batches] == [1, 5]


async def test_batch_is_bounded(desk: Desk) -> None:
    desk.store.open.clear()
    writes = [desk.write(f"m{n}") for n in range(MAX_BATCH + 3)]
    await turns()

    desk.store.open.set()
    await asyncio.gather(*writes)

    assert [len(batch) for batch in desk.store.batches] == [MAX_BATCH, 3]
    assert desk.offsets() == list(range(1, MAX_BATCH + 4))


async def test_messages_are_announced_in_the_order_of_their_offsets(desk: Desk) -> None:
    await asyncio.gather(*(desk.write(f"m{n}") for n in range(50)))

    assert desk.offsets() == list(range(1, 51))


async def test_message_is_announced_before_its_sender_is_answered(desk: Desk) -> None:
    order: list[str] = []
    desk.bus.subscribe(lambda _: order.append("announced"))
    write = desk.write("one")
    write.add_done_callback(lambda _: order.append("answered"))

    await write
    await turns()

    assert order == ["announced", "answered"]


async def test_nothing_is_announced_before_it_is_stored(desk: Desk) -> None:
    desk.store.open.clear()
    write = desk.write("one")
    await turns()
    before = list(desk.ear.facts)

    desk.store.open.set()
    await write

    assert before == []
    assert desk.offsets() == [1]


async def test_refused_write_fails_alone(desk: Desk) -> None:
    await desk.write("key", "one")
    desk.store.open.clear()
    writes = [desk.write("before"), desk.write("key", "other"), desk.write("after")]
    await turns()

    desk.store.open.set()
    before, refused, after = await asyncio.gather(*writes, return_exceptions=True)

    assert isinstance(before, Receipt)
    assert isinstance(refused, DedupeMismatch)
    assert isinstance(after, Receipt)
    assert desk.offsets() == [1, 2, 3]


async def test_repeat_is_answered_and_not_announced_again(desk: Desk) -> None:
    first = await desk.write("key")

    repeat = await desk.write("key")

    assert repeat.repeat is not None
    assert repeat.repeat.offset == first.messages[0].offset
    assert desk.offsets() == [1]


@pytest.mark.parametrize(
    ("failure", "told"), [(Unavailable("the disk is full"), Unavailable), (OSError("a bug"), Internal)]
)
async def test_store_that_fails_fails_the_whole_batch_and_announces_nothing(
    desk: Desk, failure: Exception, told: type[Exception]
) -> None:
    desk.store.failure = failure

    answers = await asyncio.gather(desk.write("one"), desk.write("two"), return_exceptions=True)

    assert [type(answer) for answer in answers] == [told, told]
    assert "a bug" not in str(answers)
    assert desk.ear.facts == []


@pytest.mark.parametrize("failure", [Unavailable("away"), OSError("a bug")])
async def test_journal_goes_on_when_the_store_is_back(desk: Desk, failure: Exception) -> None:
    desk.store.failure = failure
    await asyncio.gather(desk.write("one"), return_exceptions=True)
    desk.store.failure = None

    receipt = await desk.write("one")

    assert receipt.messages[0].offset == 1
    assert desk.offsets() == [1]


async def test_message_of_a_caller_that_was_cancelled_is_still_announced(desk: Desk) -> None:
    desk.store.open.clear()
    write = desk.write("one")
    await turns()

    write.cancel()
    await turns()
    desk.store.open.set()
    await turns()

    assert write.cancelled()
    assert desk.offsets() == [1]


async def test_refusal_of_a_caller_that_was_cancelled_disturbs_nobody(desk: Desk) -> None:
    desk.store.open.clear()
    write = desk.write("one")
    await turns()
    write.cancel()
    desk.store.failure = Unavailable("away")

    desk.store.open.set()
    await turns()
    desk.store.failure = None

    assert (await desk.write("two")).messages[0].offset == 1


async def test_full_queue_refuses_with_the_time_to_wait(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "MAX_QUEUE", 10)
    desk.store.open.clear()
    running = desk.write("m0")
    await turns()
    waiting = [desk.write(f"m{n}") for n in range(1, 11)]
    await turns()

    with pytest.raises(Unavailable) as refusal:
        await desk.journal.write(an_append("late"))
    desk.store.open.set()
    await asyncio.gather(running, *waiting)

    assert refusal.value.retry_after == 1.0
    assert desk.store.bounds("alpha").head == 11


async def test_closing_writes_what_is_queued_and_takes_nothing_new(desk: Desk) -> None:
    desk.store.open.clear()
    writes = [desk.write(f"m{n}") for n in range(3)]
    await turns()
    closing = asyncio.ensure_future(desk.journal.close())  # noqa: TID251
    await turns()

    with pytest.raises(Unavailable, match="stopping"):
        await desk.journal.write(an_append("late"))
    desk.store.open.set()
    await closing

    assert [write.result().messages[0].offset for write in writes] == [1, 2, 3]


async def test_idle_journal_closes_at_once(desk: Desk) -> None:
    await turns()

    async with asyncio.timeout(5):
        await desk.journal.close()


async def test_announcement_passes_by_the_store(desk: Desk) -> None:
    fact = TypingChanged("alpha", "ann", "ann", typing=True)

    desk.journal.announce(fact)

    assert desk.ear.facts == [fact]
    assert desk.store.batches == []


def _broken(_: Receipt) -> tuple[Fact, ...]:
    raise ValueError("no facts")


async def test_write_whose_facts_fail_does_not_stop_the_journal(desk: Desk) -> None:
    with pytest.raises(Internal):
        async with asyncio.timeout(2):
            await desk.journal.write(an_append("one"), facts=_broken)

    assert (await desk.write("two")).messages[0].offset == 2


async def test_who_pauses_the_journal_has_the_store_to_itself(desk: Desk) -> None:
    async with desk.journal.paused():
        write = desk.write("one")
        await turns()
        meanwhile = list(desk.store.batches)

    await write

    assert meanwhile == []
    assert desk.offsets() == [1]


async def test_pause_begins_when_the_commit_that_runs_is_done(desk: Desk) -> None:
    desk.store.open.clear()
    write = desk.write("one")
    await turns()
    order: list[str] = []

    async def pause() -> None:
        async with desk.journal.paused():
            order.append("paused")

    write.add_done_callback(lambda _: order.append("written"))
    desk.background.spawn(pause(), name="pause")
    await turns()
    before = list(order)
    desk.store.open.set()
    await turns()

    assert before == []
    assert set(order) == {"paused", "written"}


async def test_journal_goes_on_after_a_pause_that_failed(desk: Desk) -> None:
    with pytest.raises(OSError, match="broken"):
        async with desk.journal.paused():
            raise OSError("broken")

    assert (await desk.write("one")).messages[0].offset == 1


async def test_two_pauses_come_one_after_the_other(desk: Desk) -> None:
    inside: list[int] = []

    async def pause() -> None:
        async with desk.journal.paused():
            inside.append(1)
            assert sum(inside) == 1
            await turns(3)
            inside.append(-1)

    await asyncio.gather(*(pause() for _ in range(5)))

    assert inside == [1, -1] * 5


async def test_store_that_is_away_makes_the_journal_unwritable_until_it_takes_something(
    desk: Desk,
) -> None:
    desk.store.failure = Unavailable("away")
    await asyncio.gather(desk.write("one"), return_exceptions=True)
    away = desk.journal.is_writable
    desk.store.failure = None

    await desk.write("one")

    assert not away
    assert desk.journal.is_writable


async def test_refusal_of_a_write_does_not_make_the_journal_unwritable(desk: Desk) -> None:
    await desk.write("key", "one")
    await asyncio.gather(desk.write("key", "other"), return_exceptions=True)

    assert desk.journal.is_writable


async def test_probe_finds_out_that_the_store_is_back_and_writes_nothing(desk: Desk) -> None:
    desk.store.failure = Unavailable("away")
    await asyncio.gather(desk.write("one"), return_exceptions=True)
    with pytest.raises(Unavailable):
        await desk.journal.probe()
    still_away = desk.journal.is_writable
    desk.store.failure = None

    await desk.journal.probe()

    assert not still_away
    assert desk.journal.is_writable
    assert desk.store.batches == [[()]]
    assert desk.ear.facts == []


async def test_probe_leaves_a_sound_store_alone(desk: Desk) -> None:
    await desk.journal.probe()

    assert desk.store.batches == []


async def test_after_a_commit_of_several_the_next_one_lingers(desk: Desk) -> None:
    desk.journal.linger = 60.0
    desk.store.open.clear()
    first = [desk.write("m0"), desk.write("m1")]
    await turns()
    desk.store.open.set()
    await asyncio.gather(*first)

    late = desk.write("m2")
    await turns()

    assert not late.done()
    late.cancel()


async def test_who_writes_alone_never_waits(desk: Desk) -> None:
    desk.journal.linger = 60.0

    for number in range(3):
        await asyncio.wait_for(desk.write(f"m{number}"), 10)

    assert desk.offsets() == [1, 2, 3]


async def test_end_of_a_commit_comes_after_its_facts_and_before_its_answers(desk: Desk) -> None:
    order: list[str] = []
    desk.bus.subscribe(lambda _: order.append("announced"))
    desk.bus.on_settled(lambda: order.append("settled"))
    for key in ("one", "two"):
        desk.journal.submit(an_append(key), facts=posted, settled=lambda _: order.append("answered"))
    await turns()

    assert order == ["announced", "announced", "settled", "answered", "answered"]


async def test_caller_that_fails_does_not_stop_the_writer(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_: object) -> None:
        raise ValueError("a bug")

    desk.journal.submit(an_append("one"), facts=posted, settled=fails)
    await desk.write("two")

    assert desk.offsets() == [1, 2]
    assert [record.getMessage() for record in caplog.records] == ["a writer could not be answered"]
