"""Retention: messages that are too old go, a few at a time, and late readers are told."""

import asyncio

import pytest
from typing_extensions import override

from app.services import retention as retention_module
from app.services.retention import BATCH, RetentionService
from app.settings import Settings
from protocol.errors import Internal, Unavailable
from protocol.requests import ChatHistory, Resume, RoomCreate
from tests.fakes import FlakyStore, Stage, settings_of, turns

DAY = 24 * 3600.0


class CountingStore(FlakyStore):
    """A store that notes how many messages went at a time."""

    def __init__(self, *, keep: int) -> None:
        super().__init__(keep=keep)
        self.pruned: list[int] = []
        self.prune_failure: Exception | None = None

    @override
    async def prune(self, *, before: str, limit: int) -> int:
        if self.prune_failure is not None:
            raise self.prune_failure
        gone = await super().prune(before=before, limit=limit)
        self.pruned.append(gone)
        return gone


@pytest.fixture
def settings() -> Settings:
    return settings_of(keep_days=7)


@pytest.fixture
async def store() -> CountingStore:
    return CountingStore(keep=10_000)


@pytest.fixture
def retention(stage: Stage, store: CountingStore) -> RetentionService:
    store.pruned.clear()
    return stage.core.keeping.retention


async def kept(stage: Stage, room: str = "global") -> list[int]:
    """Return the offsets that are left."""
    page = await stage.core.chat.history(stage.operator, ChatHistory(room=room, limit=200))
    return [message.offset for message in page.messages]


async def test_message_is_kept_for_so_many_days_and_not_longer(
    stage: Stage, retention: RetentionService
) -> None:
    await stage.say(stage.operator)
    stage.clock.advance(DAY)
    await stage.say(stage.operator)

    stage.clock.advance(6 * DAY)
    at_seven_days = await retention.prune()
    stage.clock.advance(0.001)
    after_seven_days = await retention.prune()

    assert (at_seven_days, after_seven_days) == (0, 1)
    assert await kept(stage) == [2]


async def test_every_room_is_pruned(stage: Stage, retention: RetentionService) -> None:
    await stage.core.rooms.create(stage.operator, RoomCreate(room="alpha"))
    await stage.say_many(stage.operator, 2)
    await stage.say_many(stage.operator, 3, room="alpha")
    stage.clock.advance(8 * DAY)

    assert await retention.prune() == 5
    assert (await kept(stage), await kept(stage, "alpha")) == ([], [])


async def test_offsets_go_on_where_they_were(stage: Stage, retention: RetentionService) -> None:
    await stage.say_many(stage.operator, 3)
    stage.clock.advance(8 * DAY)
    await retention.prune()

    sent = await stage.say(stage.operator)

    room = stage.core.rooms.see(stage.operator, "global")
    assert (sent.offset, room.head, room.oldest) == (4, 4, 4)


async def test_reader_that_comes_late_is_told_what_is_gone(stage: Stage, retention: RetentionService) -> None:
    await stage.say_many(stage.operator, 3)
    stage.clock.advance(8 * DAY)
    await retention.prune()
    await stage.say(stage.operator)

    reader = await stage.connect("operator", Resume(epoch="first", offsets={"global": 1}))

    assert not reader.rooms["global"].recovered
    assert reader.wire.bodies("chat_gap") == [{"room": "global", "from": 2, "oldest": 4}]
    assert reader.wire.offsets() == [4]


async def test_many_go_in_batches(stage: Stage, retention: RetentionService, store: CountingStore) -> None:
    await stage.say_many(stage.operator, 2 * BATCH + 7)
    stage.clock.advance(8 * DAY)

    gone = await retention.prune()

    assert gone == 2 * BATCH + 7
    assert store.pruned == [BATCH, BATCH, 7, 0]


async def test_what_is_said_between_two_batches_is_stored(
    stage: Stage, retention: RetentionService, store: CountingStore
) -> None:
    await stage.say_many(stage.operator, BATCH + 1)
    stage.clock.advance(8 * DAY)
    pruning = asyncio.ensure_future(retention.prune())  # noqa: TID251
    await turns()
    batches = list(store.pruned)

    sent = await stage.say(stage.operator)
    await pruning

    assert batches == [BATCH]
    assert sent.offset == BATCH + 2
    assert await kept(stage) == [BATCH + 2]


async def test_nothing_is_pruned_while_the_journal_writes(
    stage: Stage, retention: RetentionService, store: CountingStore
) -> None:
    store.open.clear()
    saying = asyncio.ensure_future(stage.say(stage.operator))  # noqa: TID251
    await turns()
    pruning = asyncio.ensure_future(retention.prune())  # noqa: TID251
    await turns()
    meanwhile = list(store.pruned)

    store.open.set()
    await asyncio.gather(saying, pruning)

    assert meanwhile == []
    assert store.pruned == [0]


async def test_one_record_says_how_many_went(stage: Stage, retention: RetentionService) -> None:
    await stage.say_many(stage.operator, BATCH + 5)
    stage.clock.advance(8 * DAY)

    await retention.prune()

    pruned = [record for record in await stage.records() if record.action == "message.prune"]
    assert [(record.actor, record.target, record.detail) for record in pruned] == [
        ("relay", "2026-01-02T00:00:00.000Z", {"messages": BATCH + 5})
    ]


async def test_round_that_found_nothing_is_not_recorded(stage: Stage, retention: RetentionService) -> None:
    await stage.say(stage.operator)
    before = await stage.records()

    assert await retention.prune() == 0
    assert await stage.records() == before


async def test_key_of_a_message_that_is_gone_may_be_used_again(
    stage: Stage, retention: RetentionService
) -> None:
    await stage.say(stage.operator, "old", key="one")
    stage.clock.advance(8 * DAY)
    await retention.prune()

    sent = await stage.say(stage.operator, "new", key="one")

    assert (sent.offset, sent.duplicate) == (2, False)


@pytest.mark.parametrize("failure", [Unavailable("away"), Internal("a bug of the store")])
async def test_round_that_failed_does_not_end_the_rounds(
    stage: Stage,
    retention: RetentionService,
    store: CountingStore,
    monkeypatch: pytest.MonkeyPatch,
    failure: Exception,
) -> None:
    await stage.say(stage.operator)
    stage.clock.advance(8 * DAY)
    monkeypatch.setattr(retention_module, "EVERY", 0.01)
    store.prune_failure = failure
    retention.start()
    await turns()
    store.prune_failure = None

    async with asyncio.timeout(5):
        while not store.pruned:  # noqa: ASYNC110 - the relay looks by itself
            await asyncio.sleep(0.01)

    assert store.pruned[0] == 1


async def test_message_that_was_taken_back_long_ago_goes_as_well(
    stage: Stage, retention: RetentionService
) -> None:
    await stage.say(stage.operator, key="one")
    await stage.say(stage.operator, key="two")
    stage.clock.advance(8 * DAY)

    assert await retention.prune() == 2
