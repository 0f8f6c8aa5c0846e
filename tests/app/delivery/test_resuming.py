"""Delivery to readers that come back: from where they left off, or with a word about what is gone."""

import asyncio
from typing import Any

import pytest

from app.delivery.engine import PAGE
from app.settings import Settings
from protocol.errors import Unavailable
from protocol.requests import Resume, RoomCreate
from tests.fakes import FlakyStore, Reader, Stage, settings_of, turns


@pytest.fixture
def settings() -> Settings:
    return settings_of(keep_messages=300)


def resume(**offsets: int) -> Resume:
    return Resume(epoch="first", offsets=offsets)


def place(reader: Reader, room: str = "global") -> dict[str, Any]:
    """Return where a reader takes a room up."""
    return reader.rooms[room].model_dump(include={"head", "oldest", "cursor", "recovered"})


async def test_reader_is_told_of_all_its_rooms(stage: Stage) -> None:
    await stage.enrol("ann")
    await stage.core.rooms.create(stage.actor("ann"), RoomCreate(room="alpha"))
    await stage.core.rooms.create(stage.operator, RoomCreate(room="beta"))
    await stage.say(stage.actor("ann"), to_type="dm", to_id="operator")

    reader = await stage.connect("ann")

    assert list(reader.rooms) == ["global", "alpha", "dm:ann:operator", "inbox:ann"]
    assert place(reader, "dm:ann:operator") == {"head": 1, "oldest": 1, "cursor": 0, "recovered": True}
    assert reader.wire.offsets("dm:ann:operator") == [1]


async def test_nothing_is_sent_before_the_reader_is_greeted(stage: Stage) -> None:
    await stage.say(stage.operator)

    reader = await stage.attach("operator")
    await stage.say(stage.operator)
    await stage.pass_time(1)

    assert reader.wire.sent == []


async def test_nothing_new_is_sent_before_the_reader_is_greeted(stage: Stage) -> None:
    reader = await stage.attach("operator")

    await stage.say(stage.operator)
    early = list(reader.wire.sent)
    stage.core.readers.delivery.begin(reader.id)
    await turns()

    assert early == []
    assert reader.wire.offsets() == [1]
    assert reader.wire.replays() == []


async def test_reader_gets_what_it_missed_flagged_as_replay(stage: Stage) -> None:
    await stage.say_many(stage.operator, 3)

    reader = await stage.connect("operator", resume(**{"global": 1}))

    assert place(reader) == {"head": 3, "oldest": 1, "cursor": 1, "recovered": True}
    assert reader.wire.offsets() == reader.wire.replays() == [2, 3]


async def test_reader_that_missed_nothing_gets_nothing(stage: Stage) -> None:
    await stage.say_many(stage.operator, 3)

    reader = await stage.connect("operator", resume(**{"global": 3}))

    assert place(reader) == {"head": 3, "oldest": 1, "cursor": 3, "recovered": True}
    assert reader.wire.sent == []


async def test_without_a_word_of_its_own_the_relays_cursor_counts(stage: Stage) -> None:
    first = await stage.connect("operator")
    await stage.say_many(stage.operator, 3)
    stage.core.readers.delivery.acknowledge(first.id, "global", 2)
    stage.core.readers.delivery.detach(first.id)

    again = await stage.connect("operator")

    assert place(again)["cursor"] == 2
    assert again.wire.offsets() == [3]


async def test_room_that_the_reader_does_not_name_is_taken_up_at_the_relays_cursor(stage: Stage) -> None:
    first = await stage.connect("operator")
    await stage.say_many(stage.operator, 3)
    stage.core.readers.delivery.acknowledge(first.id, "global", 2)

    again = await stage.connect("operator", resume(elsewhere=7))

    assert place(again)["cursor"] == 2
    assert "elsewhere" not in again.rooms


async def test_slower_of_two_connections_does_not_take_the_agents_cursor_back(stage: Stage) -> None:
    fast, slow = await stage.connect("operator"), await stage.connect("operator")
    await stage.say_many(stage.operator, 3)
    stage.core.readers.delivery.acknowledge(fast.id, "global", 3)
    await stage.core.readers.progress.flush()
    stage.core.readers.delivery.acknowledge(slow.id, "global", 1)

    again = await stage.attach("operator")

    assert place(again)["cursor"] == 3


async def test_offset_ahead_of_the_head_is_taken_back_to_it(stage: Stage) -> None:
    await stage.say_many(stage.operator, 3)

    reader = await stage.connect("operator", resume(**{"global": 99}))
    await stage.say(stage.operator)

    assert place(reader) == {"head": 3, "oldest": 1, "cursor": 3, "recovered": False}
    assert reader.wire.offsets() == [4]


async def test_reader_of_another_history_gets_all_that_is_there(stage: Stage) -> None:
    await stage.say_many(stage.operator, 3)

    reader = await stage.connect("operator", Resume(epoch="before", offsets={"global": 2}))

    assert place(reader) == {"head": 3, "oldest": 1, "cursor": 0, "recovered": False}
    assert reader.wire.offsets() == reader.wire.replays() == [1, 2, 3]


async def test_reader_of_another_history_is_not_told_of_a_gap(stage: Stage) -> None:
    await stage.say_many(stage.operator, 310)

    reader = await stage.connect("operator", Resume(epoch="before", offsets={"global": 2}))

    assert place(reader) == {"head": 310, "oldest": 11, "cursor": 10, "recovered": False}
    assert reader.wire.bodies("chat_gap") == []
    assert reader.wire.offsets()[0] == 11


async def test_what_is_gone_is_told_before_what_is_left(stage: Stage) -> None:
    await stage.say_many(stage.operator, 310)

    reader = await stage.connect("operator", resume(**{"global": 4}))

    assert place(reader) == {"head": 310, "oldest": 11, "cursor": 4, "recovered": False}
    assert reader.wire.sent[0] == ("chat_gap", {"room": "global", "from": 5, "oldest": 11})
    assert reader.wire.sent[1][1]["offset"] == 11
    assert len(reader.wire.bodies("chat_gap")) == 1


async def test_reader_that_lacks_nothing_of_what_is_kept_is_recovered(stage: Stage) -> None:
    await stage.say_many(stage.operator, 310)

    reader = await stage.connect("operator", resume(**{"global": 10}))

    assert place(reader)["recovered"]
    assert reader.wire.bodies("chat_gap") == []


async def test_history_that_went_while_a_reader_stood_still_is_told(stage: Stage) -> None:
    reader = await stage.connect("operator")
    await stage.say_many(stage.operator, 256 + 300 + 1)
    reader.wire.forget()

    stage.core.readers.delivery.acknowledge(reader.id, "global", 256)
    await turns(200)

    told = [each for each in reader.wire.sent if each[0] != "presence_update"]
    assert told[0] == ("chat_gap", {"room": "global", "from": 257, "oldest": 258})
    assert reader.wire.offsets() == list(range(258, 258 + 256))


async def test_long_replay_comes_page_by_page_and_in_order(stage: Stage) -> None:
    await stage.say_many(stage.operator, 2 * PAGE + 5)

    reader = await stage.connect("operator", resume(**{"global": 0}))

    assert reader.wire.offsets() == list(range(1, 2 * PAGE + 6))


async def test_others_get_their_turn_between_two_pages(stage: Stage) -> None:
    await stage.say_many(stage.operator, 2 * PAGE)
    reader = await stage.attach("operator", resume(**{"global": 0}))

    stage.core.readers.delivery.begin(reader.id)
    seen = []
    for _ in range(5):
        await turns(1)
        seen.append(len(reader.wire.offsets()))

    assert PAGE in seen


async def test_what_is_said_between_greeting_and_replay_follows_the_replay(stage: Stage) -> None:
    await stage.say_many(stage.operator, 2)
    reader = await stage.attach("operator", resume(**{"global": 0}))
    await stage.say(stage.operator)

    stage.core.readers.delivery.begin(reader.id)
    await stage.say(stage.operator)

    assert reader.wire.offsets() == [1, 2, 3, 4]
    assert reader.wire.replays() == [1, 2]


async def test_what_is_said_while_a_page_is_read_follows_it(stage: Stage, store: FlakyStore) -> None:
    await stage.say_many(stage.operator, 2)
    reader = await stage.attach("operator", resume(**{"global": 0}))
    store.reads_open.clear()
    stage.core.readers.delivery.begin(reader.id)
    await stage.say_many(stage.operator, 2)

    store.reads_open.set()
    await turns()

    assert reader.wire.offsets() == [1, 2, 3, 4]
    assert reader.wire.replays() == [1, 2]


async def test_acknowledgement_while_a_page_is_read_doubles_and_loses_nothing(
    stage: Stage, store: FlakyStore
) -> None:
    reader = await stage.connect("operator")
    await stage.say_many(stage.operator, 3)
    store.reads_open.clear()
    await stage.pass_time(2)
    stage.core.readers.delivery.acknowledge(reader.id, "global", 2)
    reader.wire.forget()

    store.reads_open.set()
    await turns()

    assert reader.wire.offsets() == [3]


async def test_no_resume_amid_traffic_has_a_hole(stage: Stage) -> None:
    traffic = [asyncio.ensure_future(stage.say_many(stage.operator, 25)) for _ in range(4)]  # noqa: TID251
    readers = []
    for _ in range(20):
        readers.append(await stage.attach("operator", resume(**{"global": 0})))
        await turns(2)
        stage.core.readers.delivery.begin(readers[-1].id)
    await asyncio.gather(*traffic)
    await turns()

    assert [reader.wire.offsets() for reader in readers] == [list(range(1, 101))] * 20


async def test_store_that_is_away_delays_the_replay(stage: Stage, store: FlakyStore) -> None:
    await stage.say_many(stage.operator, 2)
    store.page_failure = Unavailable("away")
    reader = await stage.connect("operator", resume(**{"global": 0}))
    before = reader.wire.offsets()

    store.page_failure = None
    await stage.pass_time(0.1)

    assert before == []
    assert reader.wire.offsets() == [1, 2]


async def test_bug_while_a_page_is_read_does_not_stop_the_reader_for_ever(
    stage: Stage, store: FlakyStore, caplog: pytest.LogCaptureFixture
) -> None:
    await stage.say(stage.operator)
    store.page_failure = ValueError("a bug")
    reader = await stage.connect("operator", resume(**{"global": 0}))

    store.page_failure = None
    await stage.pass_time(0.1)

    assert reader.wire.offsets() == [1]
    assert [record.getMessage() for record in caplog.records] == ["background work failed"]


async def test_replay_stops_at_a_full_buffer_and_goes_on_after_it(stage: Stage, store: FlakyStore) -> None:
    await stage.say_many(stage.operator, 3)
    reader = await stage.attach("operator", resume(**{"global": 0}))
    store.reads_open.clear()
    stage.core.readers.delivery.begin(reader.id)
    await turns()
    reader.wire.waiting = 10 * 1024 * 1024
    store.reads_open.set()
    await turns()
    before = reader.wire.offsets()

    reader.wire.waiting = 0
    await stage.pass_time(0.1)

    assert before == []
    assert reader.wire.offsets() == [1, 2, 3]


async def test_reader_that_is_gone_before_its_replay_gets_none(stage: Stage) -> None:
    await stage.say(stage.operator)
    reader = await stage.attach("operator", resume(**{"global": 0}))

    stage.core.readers.delivery.detach(reader.id)
    stage.core.readers.delivery.begin(reader.id)
    await turns()

    assert reader.wire.sent == []


async def test_reader_of_a_deleted_room_takes_nothing_of_its_successor_for_what_it_has_read(
    stage: Stage,
) -> None:
    rooms = stage.core.rooms
    await rooms.create(stage.operator, RoomCreate(room="alpha"))
    await stage.say_many(stage.operator, 3, room="alpha")
    await rooms.delete(stage.operator, "alpha")

    await rooms.create(stage.operator, RoomCreate(room="alpha"))
    await stage.say(stage.operator, to_type="room", to_id="alpha")
    complete, partial, claims_more, knows_nothing = [
        await stage.connect("operator", resume(alpha=offset)) for offset in (3, 2, 9, 0)
    ]

    assert place(complete, "alpha") == {"head": 4, "oldest": 4, "cursor": 3, "recovered": True}
    assert [reader.wire.offsets("alpha") for reader in (complete, partial, knows_nothing)] == [[4]] * 3
    assert complete.wire.bodies("chat_gap") == []
    assert partial.wire.bodies("chat_gap") == [{"room": "alpha", "from": 3, "oldest": 4}]
    assert knows_nothing.wire.bodies("chat_gap") == [{"room": "alpha", "from": 1, "oldest": 4}]
    assert place(claims_more, "alpha") == {"head": 4, "oldest": 4, "cursor": 4, "recovered": False}


async def test_member_of_a_room_made_again_meets_no_gap(stage: Stage) -> None:
    await stage.enrol("ann")
    there = await stage.connect("ann")
    for _ in range(2):
        await stage.core.rooms.create(stage.operator, RoomCreate(room="alpha", members=["ann"]))
        await stage.say_many(stage.operator, 2, room="alpha")
        await stage.core.rooms.delete(stage.operator, "alpha")
    await stage.core.rooms.create(stage.operator, RoomCreate(room="alpha", members=["ann"]))
    later = await stage.connect("ann")
    await stage.say(stage.operator, to_type="room", to_id="alpha")

    assert there.wire.offsets("alpha") == [1, 2, 3, 4, 5]
    assert later.wire.offsets("alpha") == [5]
    assert there.wire.bodies("chat_gap") == later.wire.bodies("chat_gap") == []
