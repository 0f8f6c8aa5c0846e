"""Signals: told once to whoever may know, and the first to be dropped."""

from typing import Any

import pytest

from app.clock import stamp
from app.delivery.signals import PRESENCE_EVERY
from app.delivery.stream import MAX_SIGNALS, Stream
from app.settings import Settings
from protocol.requests import ChatTyping, PresenceSet, RoomCreate, RoomKick, RoomUpdate
from tests.fakes import Reader, Stage, settings_of

BUFFER = 1024


@pytest.fixture
def settings() -> Settings:
    return settings_of(send_buffer=BUFFER)


@pytest.fixture
async def alpha(stage: Stage) -> str:
    """Make a private room of ann and bob; return its id."""
    for agent_id in ("ann", "bob", "eve"):
        await stage.enrol(agent_id)
    request = RoomCreate(room="alpha", visibility="private", members=["bob"], topic="tides")
    return (await stage.core.rooms.create(stage.actor("ann"), request)).id


@pytest.fixture
async def readers(stage: Stage, alpha: str) -> dict[str, Reader]:  # noqa: ARG001 - the room comes first
    """Connect ann and bob, who share a room, and eve, who is in none."""
    readers = {}
    for agent_id in ("ann", "bob", "eve"):
        readers[agent_id] = await stage.connect(agent_id)
        await stage.pass_time(2 * PRESENCE_EVERY)
    for reader in readers.values():
        reader.wire.forget()
    return readers


async def listening(stage: Stage, agent_id: str, *hears: str) -> Stream:
    """Open a stream of an agent that hears some signals."""
    return (await stage.core.readers.streams.open(stage.actor(agent_id), None, frozenset(hears)))[0]


def heard(readers: dict[str, Reader], event: str) -> dict[str, list[dict[str, Any]]]:
    """Return who heard an event, and what."""
    return {name: bodies for name, reader in readers.items() if (bodies := reader.wire.bodies(event))}


async def test_everybody_hears_who_comes_and_goes(stage: Stage, readers: dict[str, Reader]) -> None:
    stage.core.people.presence.choose("ann", PresenceSet(status="idle"))

    update = {
        "agent_id": "ann",
        "handle": "ann",
        "role": "worker",
        "status": "idle",
        "since": stamp(stage.clock.now()),
    }
    assert heard(readers, "presence_update") == {"ann": [update], "bob": [update], "eve": [update]}


async def test_signal_for_many_is_encoded_once(stage: Stage, readers: dict[str, Reader]) -> None:
    stage.dialect.encoded.clear()

    stage.core.people.presence.choose("ann", PresenceSet(status="idle"))

    assert stage.dialect.encoded == ["presence_update"]
    assert len(readers) == 3


async def test_other_members_see_who_writes(stage: Stage, readers: dict[str, Reader], alpha: str) -> None:
    stage.core.chat.typing(stage.actor("ann"), ChatTyping(to_type="room", to_id=alpha, typing=True))

    update = {"room": alpha, "agent_id": "ann", "handle": "ann", "typing": True}
    assert heard(readers, "typing_update") == {"bob": [update]}


async def test_members_hear_of_a_new_room(stage: Stage, readers: dict[str, Reader]) -> None:
    await stage.core.rooms.create(stage.actor("ann"), RoomCreate(room="beta", members=["bob"]))

    updates = heard(readers, "room_update")
    assert set(updates) == {"ann", "bob"}
    assert (updates["bob"][0]["action"], updates["bob"][0]["room"]["id"]) == ("opened", "beta")


async def test_members_and_the_newcomer_hear_of_a_join(stage: Stage, readers: dict[str, Reader]) -> None:
    await stage.core.rooms.create(stage.actor("ann"), RoomCreate(room="beta"))
    for reader in readers.values():
        reader.wire.forget()

    await stage.core.rooms.join(stage.actor("eve"), "beta")

    updates = heard(readers, "room_update")
    assert set(updates) == {"ann", "eve"}
    assert (updates["eve"][0]["action"], updates["eve"][0]["agent_id"]) == ("joined", "eve")


async def test_who_is_put_out_learns_that_and_nothing_else(
    stage: Stage, readers: dict[str, Reader], alpha: str
) -> None:
    await stage.core.rooms.kick(stage.actor("ann"), RoomKick(room=alpha, agent_id="bob"))

    updates = heard(readers, "room_update")
    assert set(updates) == {"ann", "bob"}
    (told,) = updates["bob"]
    assert (told["action"], told["agent_id"], told["room"]["id"]) == ("left", "bob", alpha)
    assert (told["room"]["members"], told["room"]["owner"], told["room"]["topic"]) == ([], None, "")
    assert updates["ann"][0]["room"]["members"] == ["ann"]


async def test_members_hear_of_a_change(stage: Stage, readers: dict[str, Reader], alpha: str) -> None:
    await stage.core.rooms.update(stage.actor("ann"), RoomUpdate(room=alpha, topic="ebb"))

    updates = heard(readers, "room_update")
    assert set(updates) == {"ann", "bob"}
    assert (updates["bob"][0]["action"], updates["bob"][0]["room"]["topic"]) == ("changed", "ebb")


async def test_reader_whose_buffer_is_more_than_half_full_goes_without(
    stage: Stage, readers: dict[str, Reader]
) -> None:
    readers["ann"].wire.waiting = BUFFER // 2
    readers["bob"].wire.waiting = BUFFER // 2 + 1

    stage.core.people.presence.choose("eve", PresenceSet(status="idle"))

    assert set(heard(readers, "presence_update")) == {"ann", "eve"}


async def test_reader_whose_buffer_is_more_than_half_full_still_gets_messages(
    stage: Stage, readers: dict[str, Reader], alpha: str
) -> None:
    readers["bob"].wire.waiting = BUFFER // 2 + 1

    await stage.say(stage.actor("ann"), to_type="room", to_id=alpha)

    assert readers["bob"].wire.offsets(alpha) == [1]


async def test_reader_that_was_not_greeted_yet_goes_without(stage: Stage, readers: dict[str, Reader]) -> None:
    early = await stage.attach("ann")

    stage.core.people.presence.choose("eve", PresenceSet(status="idle"))

    assert early.wire.sent == []
    assert "ann" in heard(readers, "presence_update")


async def test_signals_are_never_sent_again(stage: Stage, readers: dict[str, Reader]) -> None:
    stage.core.people.presence.choose("eve", PresenceSet(status="idle"))

    for _ in range(10):
        await stage.pass_time(10)
    again = await stage.connect("bob")

    assert len(readers["bob"].wire.bodies("presence_update")) == 1
    assert again.wire.bodies("presence_update") == []


async def test_streams_hear_what_concerns_them_and_what_they_want(stage: Stage, alpha: str) -> None:
    bob = await listening(stage, "bob", "typing_update")
    eve = await listening(stage, "eve", "typing_update")
    deaf = await listening(stage, "bob")

    stage.core.chat.typing(stage.actor("ann"), ChatTyping(to_type="room", to_id=alpha, typing=True))
    stage.core.people.presence.choose("ann", PresenceSet(status="idle"))

    assert [(each.event, each.room) for each in bob.signals()] == [("typing_update", None)]
    assert (eve.signals(), deaf.signals(), bob.signals()) == ([], [], [])


async def test_stream_that_is_not_read_keeps_the_newest_signals(stage: Stage, alpha: str) -> None:
    bob = await listening(stage, "bob", "typing_update")

    for _ in range(MAX_SIGNALS):
        stage.core.chat.typing(stage.actor("ann"), ChatTyping(to_type="room", to_id=alpha, typing=True))
    stage.core.chat.typing(stage.actor("ann"), ChatTyping(to_type="room", to_id=alpha, typing=False))

    waiting = bob.signals()
    assert len(waiting) == MAX_SIGNALS
    assert '"typing":false' in waiting[-1].json


async def test_signals_come_after_what_is_said_and_move_no_place(stage: Stage, alpha: str) -> None:
    streams = stage.core.readers.streams
    bob = await listening(stage, "bob", "room_update")

    await stage.core.rooms.update(stage.actor("ann"), RoomUpdate(room=alpha, topic="ebb"))
    await stage.say(stage.actor("ann"), to_type="room", to_id=alpha)
    due = await streams.due(bob, 10)
    for each in due:
        bob.passed(each)

    assert [each.event for each in due] == ["chat_message", "room_update"]
    assert bob.offsets[alpha] == 1
