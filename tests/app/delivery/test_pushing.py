"""Delivery to readers that keep up: live push, encoded once, in order, within the window."""

import asyncio

import pytest

from app.settings import Settings
from protocol.errors import NotFound
from protocol.requests import RoomCreate, RoomKick
from tests.fakes import FakeDialect, FakeWire, FlakyStore, Stage, settings_of, turns

WINDOW = 4


@pytest.fixture
def settings() -> Settings:
    return settings_of(window=WINDOW)


async def test_message_reaches_every_reader_of_its_room_at_once(stage: Stage) -> None:
    await stage.enrol("ann")
    readers = [await stage.connect(agent_id) for agent_id in ("ann", "operator")]

    await stage.say(stage.operator, "hello", key="one")

    for reader in readers:
        (body,) = reader.wire.bodies("chat_message")
        assert (body["id"], body["offset"], body["replay"]) == ("one", 1, False)
        assert body["payload"]["text"] == "hello"


async def test_message_for_many_readers_is_encoded_once(stage: Stage) -> None:
    for n in range(20):
        await stage.enrol(f"agent{n}")
        await stage.connect(f"agent{n}")
    stage.dialect.encoded.clear()

    await stage.say(stage.operator)

    assert stage.dialect.encoded == ["chat_message"]


async def test_message_is_encoded_once_a_dialect(stage: Stage) -> None:
    other = FakeDialect()
    await stage.connect("operator")
    for n in range(3):
        await stage.core.readers.delivery.attach(f"other-{n}", stage.operator, FakeWire(other), None)
        stage.core.readers.delivery.begin(f"other-{n}")
    stage.dialect.encoded.clear()

    await stage.say(stage.operator)

    assert stage.dialect.encoded == ["chat_message"]
    assert other.encoded == ["chat_message"]


async def test_two_connections_of_one_agent_both_receive(stage: Stage) -> None:
    first, second = await stage.connect("operator"), await stage.connect("operator")

    await stage.say(stage.operator)

    assert first.wire.offsets() == second.wire.offsets() == [1]


async def test_two_connections_of_one_agent_are_acknowledged_apart(stage: Stage) -> None:
    first, second = await stage.connect("operator"), await stage.connect("operator")
    await stage.say(stage.operator)

    stage.core.readers.delivery.acknowledge(first.id, "global", 1)
    await stage.pass_time(3)

    assert first.wire.offsets() == [1]
    assert second.wire.offsets() == [1, 1]


async def test_connection_that_is_gone_receives_nothing(stage: Stage) -> None:
    reader, other = await stage.connect("operator"), await stage.connect("operator")

    stage.core.readers.delivery.detach(reader.id)
    stage.core.readers.delivery.detach(reader.id)
    await stage.say(stage.operator)

    assert reader.wire.offsets() == []
    assert other.wire.offsets() == [1]


async def test_reader_gets_no_more_than_the_window_without_acknowledging(stage: Stage) -> None:
    reader = await stage.connect("operator")

    await stage.say_many(stage.operator, WINDOW + 3)

    assert reader.wire.offsets() == [1, 2, 3, 4]


async def test_acknowledgement_makes_room_for_as_many(stage: Stage) -> None:
    reader = await stage.connect("operator")
    await stage.say_many(stage.operator, WINDOW + 6)

    stage.core.readers.delivery.acknowledge(reader.id, "global", 3)
    await turns()

    assert reader.wire.offsets() == [1, 2, 3, 4, 5, 6, 7]
    assert reader.wire.replays() == []


async def test_window_of_one_room_does_not_hold_up_another(stage: Stage) -> None:
    await stage.core.rooms.create(stage.operator, RoomCreate(room="alpha"))
    reader = await stage.connect("operator")
    await stage.say_many(stage.operator, WINDOW + 1)

    await stage.say_many(stage.operator, 2, room="alpha")

    assert reader.wire.offsets("alpha") == [1, 2]


async def test_acknowledgement_is_cumulative(stage: Stage) -> None:
    reader = await stage.connect("operator")
    await stage.say_many(stage.operator, 3)

    stage.core.readers.delivery.acknowledge(reader.id, "global", 3)
    await stage.pass_time(100)

    assert reader.wire.offsets() == [1, 2, 3]


async def test_acknowledgement_of_what_was_never_sent_skips_nothing(stage: Stage) -> None:
    reader = await stage.connect("operator")
    await stage.say_many(stage.operator, WINDOW + 2)

    stage.core.readers.delivery.acknowledge(reader.id, "global", 2**53)
    await turns()

    assert reader.wire.offsets() == [1, 2, 3, 4, 5, 6]


async def test_late_acknowledgement_moves_nothing_back(stage: Stage) -> None:
    reader = await stage.connect("operator")
    await stage.say_many(stage.operator, 3)
    stage.core.readers.delivery.acknowledge(reader.id, "global", 3)

    stage.core.readers.delivery.acknowledge(reader.id, "global", 1)
    await stage.pass_time(100)

    assert reader.wire.offsets() == [1, 2, 3]


@pytest.mark.parametrize("room", ["nowhere", "dm:a:b"])
async def test_room_that_one_does_not_read_is_not_acknowledged(stage: Stage, room: str) -> None:
    reader = await stage.connect("operator")

    with pytest.raises(NotFound):
        stage.core.readers.delivery.acknowledge(reader.id, room, 1)


async def test_connection_that_is_gone_acknowledges_nothing(stage: Stage) -> None:
    with pytest.raises(NotFound):
        stage.core.readers.delivery.acknowledge("gone", "global", 1)


async def test_who_joins_gets_what_is_said_from_then_on(stage: Stage) -> None:
    ann = await stage.enrol("ann")
    await stage.core.rooms.create(stage.operator, RoomCreate(room="alpha"))
    await stage.say_many(stage.operator, 2, room="alpha")
    reader = await stage.connect("ann")

    await stage.core.rooms.join(ann, "alpha")
    await stage.say_many(stage.operator, 2, room="alpha")

    assert reader.wire.offsets("alpha") == [3, 4]
    assert reader.wire.replays("alpha") == []


async def test_who_joins_amid_traffic_misses_nothing_after_the_place_it_joined_at(
    stage: Stage, store: FlakyStore
) -> None:
    ann = await stage.enrol("ann")
    await stage.core.rooms.create(stage.operator, RoomCreate(room="alpha"))
    reader = await stage.connect("ann")
    store.open.clear()
    before = [asyncio.ensure_future(stage.say_many(stage.operator, 3, room="alpha"))]  # noqa: TID251
    await turns()
    joining = asyncio.ensure_future(stage.core.rooms.join(ann, "alpha"))  # noqa: TID251
    await turns()

    store.open.set()
    await asyncio.gather(*before, joining)
    await turns()

    cursor = (await store.cursors("ann"))["alpha"]
    assert reader.wire.offsets("alpha") == list(range(cursor + 1, 4))


async def test_who_leaves_gets_nothing_more_at_once(stage: Stage) -> None:
    ann = await stage.enrol("ann")
    await stage.core.rooms.create(stage.operator, RoomCreate(room="alpha", members=["ann"]))
    reader = await stage.connect("ann")
    await stage.say(stage.operator, to_type="room", to_id="alpha")

    await stage.core.rooms.leave(ann, "alpha")
    await stage.say_many(stage.operator, 2, room="alpha")
    await stage.pass_time(100)

    assert reader.wire.offsets("alpha") == [1]
    assert reader.wire.closings == []


async def test_who_is_put_out_amid_traffic_gets_nothing_that_came_after(
    stage: Stage, store: FlakyStore
) -> None:
    await stage.enrol("ann")
    await stage.core.rooms.create(stage.operator, RoomCreate(room="alpha", members=["ann"]))
    reader = await stage.connect("ann")
    store.open.clear()
    kick = stage.core.rooms.kick(stage.operator, RoomKick(room="alpha", agent_id="ann"))
    work = [
        asyncio.ensure_future(stage.say(stage.operator, to_type="room", to_id="alpha")),  # noqa: TID251
        asyncio.ensure_future(kick),  # noqa: TID251
        asyncio.ensure_future(stage.say(stage.operator, to_type="room", to_id="alpha")),  # noqa: TID251
    ]
    await turns()

    store.open.set()
    await asyncio.gather(*work)

    assert reader.wire.offsets("alpha") == [1]


async def test_page_that_was_being_read_when_the_reader_left_is_not_sent(
    stage: Stage, store: FlakyStore
) -> None:
    ann = await stage.enrol("ann")
    await stage.core.rooms.create(stage.operator, RoomCreate(room="alpha", members=["ann"]))
    await stage.say_many(stage.operator, 3, room="alpha")
    reader = await stage.attach("ann")
    store.reads_open.clear()
    stage.core.readers.delivery.begin(reader.id)
    await turns()

    await stage.core.rooms.leave(ann, "alpha")
    store.reads_open.set()
    await turns()

    assert reader.wire.offsets("alpha") == []


async def test_first_direct_message_reaches_both_ends(stage: Stage) -> None:
    ann = await stage.enrol("ann")
    readers = [await stage.connect(agent_id) for agent_id in ("ann", "operator")]

    await stage.say(ann, to_type="dm", to_id="operator")

    assert [reader.wire.offsets("dm:ann:operator") for reader in readers] == [[1], [1]]


async def test_direct_message_reaches_its_two_parties_only(stage: Stage) -> None:
    for agent_id in ("ann", "eve"):
        await stage.enrol(agent_id)
    eve = await stage.connect("eve")
    eve.wire.forget()

    await stage.say(stage.actor("ann"), "secret", to_type="dm", to_id="operator")
    await stage.pass_time(100)

    assert eve.wire.sent == []


async def test_repeated_message_is_not_sent_again(stage: Stage) -> None:
    reader = await stage.connect("operator")
    await stage.say(stage.operator, key="one")

    await stage.say(stage.operator, key="one")

    assert reader.wire.offsets() == [1]


async def test_nothing_is_kept_of_connections_that_are_gone(stage: Stage) -> None:
    await stage.core.rooms.create(stage.operator, RoomCreate(room="alpha"))
    for _ in range(50):
        reader = await stage.connect("operator")
        await stage.say(stage.operator)
        stage.core.readers.delivery.detach(reader.id)

    connections = stage.core.readers.connections
    assert len(connections) == 0
    assert [len(index) for index in (connections._by_id, connections._by_agent, connections._by_room)] == [
        0,
        0,
        0,
    ]
