"""Compose: the one door for what is said, whoever says it."""

import pytest

from protocol.errors import DedupeMismatch, Forbidden, InvalidRequest, NotFound
from protocol.payloads import TextPayload
from protocol.requests import ChatSend, RoomCreate, RoomUpdate
from tests.fakes import Ear, Stage

HELLO = TextPayload(text="hello")


async def test_message_without_an_id_gets_one(stage: Stage) -> None:
    request = ChatSend(to_type="global", to_id="global", payload=HELLO)

    sent = await stage.core.compose.send(stage.operator, request)

    assert sent.id.startswith("made-")
    assert not sent.duplicate


async def test_message_without_an_id_takes_its_key_for_one(stage: Stage) -> None:
    request = ChatSend(to_type="global", to_id="global", payload=HELLO, dedupe_key="key")

    sent = await stage.core.compose.send(stage.operator, request)

    assert sent.id == "key"


async def test_key_decides_what_is_a_repeat_not_the_id(stage: Stage) -> None:
    first = ChatSend(id="one", to_type="global", to_id="global", payload=HELLO, dedupe_key="key")
    second = ChatSend(id="two", to_type="global", to_id="global", payload=HELLO, dedupe_key="key")

    sent = await stage.core.compose.send(stage.operator, first)
    repeat = await stage.core.compose.send(stage.operator, second)

    assert repeat.duplicate
    assert (repeat.id, repeat.offset) == (sent.id, sent.offset)


async def test_without_a_key_the_id_decides(stage: Stage) -> None:
    await stage.say(stage.operator, "one", key="same")

    repeat = await stage.say(stage.operator, "one", key="same")
    with pytest.raises(DedupeMismatch):
        await stage.say(stage.operator, "other", key="same")

    assert repeat.duplicate


@pytest.mark.parametrize("to_id", ["bob", "@bob", "@BOB"])
async def test_direct_message_goes_to_the_room_of_the_two(stage: Stage, ear: Ear, to_id: str) -> None:
    ann = await stage.enrol("ann")
    await stage.enrol("bob")

    sent = await stage.say(ann, to_type="dm", to_id=to_id)

    (message,) = ear.messages()
    assert sent.room == "dm:ann:bob"
    assert (message.to_type, message.to_id, message.from_id) == ("dm", "bob", "ann")


async def test_both_directions_share_one_room_with_sorted_ids(stage: Stage) -> None:
    ann, bob = await stage.enrol("ann"), await stage.enrol("bob")

    there = await stage.say(ann, to_type="dm", to_id="bob")
    back = await stage.say(bob, to_type="dm", to_id="ann")

    assert (there.room, there.offset) == ("dm:ann:bob", 1)
    assert (back.room, back.offset) == ("dm:ann:bob", 2)


async def test_direct_room_can_be_named_as_a_room(stage: Stage, ear: Ear) -> None:
    ann = await stage.enrol("ann")
    await stage.enrol("bob")

    await stage.say(ann, to_type="room", to_id="dm:ann:bob")

    (message,) = ear.messages()
    assert (message.room, message.to_type, message.to_id) == ("dm:ann:bob", "dm", "bob")


async def test_global_can_be_named_as_a_room(stage: Stage, ear: Ear) -> None:
    await stage.say(stage.operator, to_type="room", to_id="global")

    assert [(message.to_type, message.to_id) for message in ear.messages()] == [("global", "global")]


async def test_nobody_writes_to_oneself(stage: Stage) -> None:
    ann = await stage.enrol("ann")

    with pytest.raises(InvalidRequest):
        await stage.say(ann, to_type="dm", to_id="ann")


@pytest.mark.parametrize(
    "room", ["nowhere", "dm:bob:cas", "dm:cas:bob", "dm:ann:nobody", "inbox:bob", "inbox:ann", "dm:ann", "::"]
)
async def test_nobody_writes_to_a_room_that_is_not_there_for_one(stage: Stage, room: str) -> None:
    ann = await stage.enrol("ann")
    await stage.enrol("bob")
    await stage.enrol("cas")

    with pytest.raises(NotFound) as refusal:
        await stage.say(ann, to_type="room", to_id=room)

    assert refusal.value.message == "no such room"


async def test_who_is_not_in_a_public_room_must_join_first(stage: Stage) -> None:
    ann = await stage.enrol("ann")
    await stage.core.rooms.create(stage.operator, RoomCreate(room="alpha"))

    with pytest.raises(Forbidden, match="join"):
        await stage.say(ann, to_type="room", to_id="alpha")


async def test_nobody_writes_in_an_archived_room(stage: Stage) -> None:
    await stage.core.rooms.create(stage.operator, RoomCreate(room="alpha"))
    await stage.core.rooms.update(stage.operator, RoomUpdate(room="alpha", archived=True))

    with pytest.raises(Forbidden, match="archived"):
        await stage.say(stage.operator, to_type="room", to_id="alpha")


async def test_identity_of_a_message_is_its_actors(stage: Stage, ear: Ear) -> None:
    ann = await stage.enrol("ann")

    await stage.say(ann)

    (message,) = ear.messages()
    assert (message.from_id, message.from_handle, message.ts) == ("ann", "ann", "2026-01-01T00:00:00.000Z")
