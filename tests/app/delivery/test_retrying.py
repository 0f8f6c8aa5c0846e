"""Delivery to readers that do not acknowledge: again with back-off, flagged, and in the end cut off."""

import pytest

from app.delivery.engine import PATIENCE
from app.settings import Settings
from protocol.requests import RoomCreate
from tests.fakes import Reader, Stage, settings_of, turns

BUFFER = 1024


@pytest.fixture
def settings() -> Settings:
    return settings_of(window=4, ack_timeout=2.0, send_buffer=BUFFER)


@pytest.fixture
async def reader(stage: Stage) -> Reader:
    """Connect a reader that has two entries and acknowledged none."""
    reader = await stage.connect("operator")
    await stage.say_many(stage.operator, 2)
    return reader


async def test_nothing_is_sent_again_before_its_time(stage: Stage, reader: Reader) -> None:
    await stage.pass_time(1.9)

    assert reader.wire.offsets() == [1, 2]


async def test_what_was_not_acknowledged_in_time_is_sent_again_and_flagged(
    stage: Stage, reader: Reader
) -> None:
    await stage.pass_time(2)

    assert reader.wire.offsets() == [1, 2, 1, 2]
    assert reader.wire.replays() == [1, 2]


async def test_only_what_was_not_acknowledged_is_sent_again(stage: Stage, reader: Reader) -> None:
    stage.core.readers.delivery.acknowledge(reader.id, "global", 1)

    await stage.pass_time(2)

    assert reader.wire.offsets() == [1, 2, 2]


async def test_what_is_sent_again_is_followed_by_what_is_new(stage: Stage, reader: Reader) -> None:
    await stage.pass_time(2)
    await stage.say(stage.operator)

    assert reader.wire.offsets() == [1, 2, 1, 2, 3]
    assert reader.wire.replays() == [1, 2]


async def test_each_wait_is_longer_than_the_one_before(stage: Stage, reader: Reader) -> None:
    await stage.pass_time(2)
    reader.wire.forget()

    seen = []
    for _ in range(9):
        await stage.pass_time(0.5)
        seen.append(len(reader.wire.offsets()))

    assert seen == [0, 0, 0, 0, 0, 2, 2, 2, 2]


async def test_acknowledgement_begins_the_patience_anew(stage: Stage, reader: Reader) -> None:
    for _ in range(3):
        await stage.pass_time(10)
    stage.core.readers.delivery.acknowledge(reader.id, "global", 1)

    for _ in range(3):
        await stage.pass_time(10)

    assert reader.wire.closings == []


async def test_after_the_last_try_the_reader_is_cut_off(stage: Stage, reader: Reader) -> None:
    for _ in range(3):
        await stage.pass_time(10)
    before = list(reader.wire.closings)

    await stage.pass_time(10)

    assert before == []
    (why,) = reader.wire.closings
    assert (why.code, why.reason, why.retryable) == ("unavailable", "slow_reader", True)
    assert reader.wire.offsets() == [1, 2] * 4


async def test_reader_that_was_cut_off_gets_nothing_more(stage: Stage, reader: Reader) -> None:
    for _ in range(4):
        await stage.pass_time(10)
    reader.wire.forget()

    await stage.say(stage.operator)
    await stage.pass_time(100)

    assert reader.wire.sent == []
    assert len(reader.wire.closings) == 1


async def test_reader_that_was_cut_off_gets_the_rest_when_it_comes_back(stage: Stage, reader: Reader) -> None:
    for _ in range(4):
        await stage.pass_time(10)
    await stage.say(stage.operator)

    again = await stage.connect("operator")

    assert again.wire.offsets() == [1, 2, 3]
    assert again.wire.replays() == [1, 2, 3]
    assert reader.wire.offsets().count(3) == 0


async def test_reader_with_nothing_open_is_left_alone(stage: Stage, reader: Reader) -> None:
    stage.core.readers.delivery.acknowledge(reader.id, "global", 2)

    for _ in range(20):
        await stage.pass_time(100)

    assert reader.wire.closings == []
    assert reader.wire.offsets() == [1, 2]


async def test_silence_in_one_room_is_not_made_good_by_another(stage: Stage, reader: Reader) -> None:
    await stage.core.rooms.create(stage.operator, RoomCreate(room="alpha"))

    for n in range(1, 5):
        await stage.say(stage.operator, to_type="room", to_id="alpha")
        stage.core.readers.delivery.acknowledge(reader.id, "alpha", n)
        await stage.pass_time(10)

    assert len(reader.wire.closings) == 1


async def test_full_buffer_takes_no_more(stage: Stage) -> None:
    reader = await stage.connect("operator")
    reader.wire.waiting = BUFFER + 1

    await stage.say(stage.operator)

    assert reader.wire.offsets() == []


async def test_buffer_at_its_limit_is_not_full(stage: Stage) -> None:
    reader = await stage.connect("operator")
    reader.wire.waiting = BUFFER

    await stage.say(stage.operator)

    assert reader.wire.offsets() == [1]


async def test_reader_whose_buffer_drained_catches_up(stage: Stage) -> None:
    reader = await stage.connect("operator")
    reader.wire.waiting = BUFFER + 1
    await stage.say_many(stage.operator, 3)
    await stage.pass_time(1)

    reader.wire.waiting = 0
    await stage.pass_time(0.1)

    assert reader.wire.offsets() == [1, 2, 3]
    assert reader.wire.replays() == []


async def test_buffer_that_stays_full_for_too_long_ends_the_connection(stage: Stage) -> None:
    reader = await stage.connect("operator")
    reader.wire.waiting = BUFFER + 1
    await stage.say(stage.operator)
    await stage.pass_time(0.1)
    await stage.pass_time(PATIENCE - 0.1)
    before = list(reader.wire.closings)

    await stage.pass_time(0.1)

    assert before == []
    assert [why.reason for why in reader.wire.closings] == ["slow_reader"]


async def test_buffer_that_drained_in_between_starts_the_patience_anew(stage: Stage) -> None:
    reader = await stage.connect("operator")
    reader.wire.waiting = BUFFER + 1
    await stage.say(stage.operator)
    await stage.pass_time(PATIENCE - 1)
    reader.wire.waiting = 0
    await stage.pass_time(0.1)
    stage.core.readers.delivery.acknowledge(reader.id, "global", 1)
    reader.wire.waiting = BUFFER + 1
    await stage.say(stage.operator)

    await stage.pass_time(PATIENCE - 1)
    await stage.pass_time(1)

    assert reader.wire.closings == []


async def test_slow_reader_does_not_hold_up_the_others(stage: Stage) -> None:
    slow, sound = await stage.connect("operator"), await stage.connect("operator")
    slow.wire.waiting = BUFFER + 1

    await stage.say_many(stage.operator, 3)
    await turns()

    assert slow.wire.offsets() == []
    assert sound.wire.offsets() == [1, 2, 3]


async def test_watch_looks_by_itself(stage: Stage, reader: Reader) -> None:
    stage.clock.advance(2)

    await _until_sent(reader, 4)

    assert reader.wire.offsets() == [1, 2, 1, 2]


async def _until_sent(reader: Reader, count: int) -> None:
    while len(reader.wire.offsets()) < count:
        await turns(1)
