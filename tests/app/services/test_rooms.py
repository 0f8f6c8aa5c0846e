"""Rooms: making, entering, leaving and changing them."""

import asyncio

import pytest

from app.actor import Actor
from app.core import build_core
from app.events import RoomJoined, RoomLeft, RoomOpened
from app.services import rooms as rooms_module
from app.services.rooms import MAX_MEMBERS, MAX_OWNED, RoomService
from protocol.addressing import RoomKind
from protocol.errors import Conflict, Forbidden, InvalidRequest, NotFound, RoomExists
from protocol.requests import RoomCreate, RoomInvite, RoomUpdate
from protocol.rooms import Room
from storage.ports import SaveRoom
from tests.fakes import OPERATOR_TOKEN, Ear, FakeClock, FlakyStore, Stage, a_room, settings_of


async def stored(stage: Stage, room_id: str) -> Room:
    """Return a room as the store keeps it."""
    return next(room for room in await stage.core.base.store.rooms() if room.id == room_id)


async def test_maker_of_a_room_owns_it(rooms: RoomService, ann: Actor, ear: Ear) -> None:
    room = await rooms.create(ann, RoomCreate(room="alpha", topic="tides"))

    assert room.model_dump() == {
        "id": "alpha",
        "kind": RoomKind.ROOM,
        "title": "alpha",
        "topic": "tides",
        "visibility": "public",
        "owner": "ann",
        "members": ["ann"],
        "archived": False,
        "created_at": "2026-01-01T00:00:00.000Z",
        "head": 0,
        "oldest": 1,
    }
    assert ear.facts == [RoomOpened(room)]


async def test_id_of_a_private_room_tells_nothing_of_its_name(rooms: RoomService, ann: Actor) -> None:
    room = await rooms.create(ann, RoomCreate(room="layoffs", visibility="private"))

    assert room.title == "layoffs"
    assert room.id.startswith("p-")
    assert "layoffs" not in room.id


async def test_name_of_a_hidden_room_can_be_used_by_others(
    rooms: RoomService, ann: Actor, bob: Actor
) -> None:
    first = await rooms.create(ann, RoomCreate(room="alpha", visibility="private"))

    second = await rooms.create(bob, RoomCreate(room="alpha", visibility="private"))
    public = await rooms.create(bob, RoomCreate(room="alpha"))

    assert len({first.id, second.id, public.id}) == 3
    assert public.id == "alpha"


async def test_first_members_are_let_in_once_each(rooms: RoomService, ann: Actor, bob: Actor) -> None:
    request = RoomCreate(room="alpha", members=[bob.agent_id, ann.agent_id, bob.agent_id])

    room = await rooms.create(ann, request)

    assert room.members == ["ann", "bob"]
    assert rooms.is_member("bob", "alpha")


async def test_unknown_member_keeps_the_room_from_being_made(rooms: RoomService, ann: Actor) -> None:
    with pytest.raises(NotFound):
        await rooms.create(ann, RoomCreate(room="alpha", members=["nobody"]))

    with pytest.raises(NotFound):
        rooms.see(ann, "alpha")


@pytest.mark.parametrize("name", ["alpha", "global"])
async def test_name_in_use_is_refused(rooms: RoomService, ann: Actor, bob: Actor, name: str) -> None:
    await rooms.create(ann, RoomCreate(room="alpha"))

    with pytest.raises(RoomExists):
        await rooms.create(bob, RoomCreate(room=name))


async def test_of_many_who_make_one_room_at_once_one_does(stage: Stage, rooms: RoomService) -> None:
    actors = [await stage.enrol(f"agent{n}") for n in range(20)]

    makings = [rooms.create(actor, RoomCreate(room="alpha")) for actor in actors]
    answers = await asyncio.gather(*makings, return_exceptions=True)

    assert sum(isinstance(answer, RoomExists) for answer in answers) == 19


async def test_rooms_of_one_owner_are_bounded(rooms: RoomService, ann: Actor, bob: Actor) -> None:
    for n in range(MAX_OWNED):
        await rooms.create(ann, RoomCreate(room=f"room-{n}"))

    with pytest.raises(Conflict, match="too many"):
        await rooms.create(ann, RoomCreate(room="one-more"))
    await rooms.create(bob, RoomCreate(room="one-more"))


async def test_rooms_that_people_make_are_bounded_and_dms_are_not_counted(
    stage: Stage, rooms: RoomService, ann: Actor, bob: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms_module, "MAX_ROOMS", 3)
    await rooms.direct(ann, "bob")
    await rooms.create(ann, RoomCreate(room="one"))
    await rooms.create(bob, RoomCreate(room="two"))
    await rooms.create(ann, RoomCreate(room="three"))

    with pytest.raises(Conflict, match="too many"):
        await rooms.create(bob, RoomCreate(room="four"))
    await rooms.delete(stage.operator, "two")
    await rooms.create(bob, RoomCreate(room="four"))


async def test_public_room_is_joined(rooms: RoomService, ann: Actor, bob: Actor, ear: Ear) -> None:
    await rooms.create(ann, RoomCreate(room="alpha"))
    ear.facts.clear()

    room = await rooms.join(bob, "alpha")

    assert room.members == ["ann", "bob"]
    assert ear.facts == [RoomJoined(room, "bob")]


async def test_joining_again_changes_nothing(rooms: RoomService, ann: Actor, ear: Ear) -> None:
    before = await rooms.create(ann, RoomCreate(room="alpha"))
    ear.facts.clear()

    after = await rooms.join(ann, "alpha")

    assert after == before
    assert ear.facts == []


async def test_everybody_is_in_the_global_room_already(rooms: RoomService, ann: Actor, ear: Ear) -> None:
    room = await rooms.join(ann, "global")

    assert room.members == ["operator", "ann"]
    assert ear.facts == []


async def test_joins_at_once_keep_each_other(stage: Stage, rooms: RoomService, ann: Actor) -> None:
    actors = [await stage.enrol(f"agent{n}") for n in range(20)]
    await rooms.create(ann, RoomCreate(room="alpha"))

    await asyncio.gather(*(rooms.join(actor, "alpha") for actor in actors))

    expected = {"ann"} | {actor.agent_id for actor in actors}
    assert set(rooms.see(ann, "alpha").members) == expected
    assert set((await stored(stage, "alpha")).members) == expected


async def test_join_and_leave_at_once_keep_each_other(
    stage: Stage, rooms: RoomService, ann: Actor, bob: Actor
) -> None:
    await rooms.create(stage.operator, RoomCreate(room="alpha", members=["ann"]))

    await asyncio.gather(rooms.join(bob, "alpha"), rooms.leave(ann, "alpha"))

    assert (await stored(stage, "alpha")).members == ["operator", "bob"]


async def test_room_of_two_is_not_for_joining(rooms: RoomService, ann: Actor, bob: Actor) -> None:
    await rooms.direct(ann, bob.agent_id)

    with pytest.raises(Forbidden):
        await rooms.invite(ann, RoomInvite(room="dm:ann:bob", agent_id="operator"))


async def test_full_room_takes_nobody(
    stage: Stage, store: FlakyStore, rooms: RoomService, ann: Actor
) -> None:
    members = [f"agent{n}" for n in range(MAX_MEMBERS)]
    await store.commit([(SaveRoom(a_room("alpha", members=members)),)])
    await rooms.load(store)

    with pytest.raises(Conflict, match="full"):
        await rooms.join(ann, "alpha")

    assert len((await stored(stage, "alpha")).members) == MAX_MEMBERS


async def test_member_leaves(rooms: RoomService, ann: Actor, bob: Actor, ear: Ear) -> None:
    await rooms.create(ann, RoomCreate(room="alpha", members=["bob"]))

    room = await rooms.leave(bob, "alpha")

    assert room.members == ["ann"]
    assert not rooms.is_member("bob", "alpha")
    assert ear.facts[-1] == RoomLeft(room, "bob")
    assert [each.id for each in rooms.of_agent("bob")] == ["global", "inbox:bob"]


async def test_leaving_twice_changes_nothing(rooms: RoomService, ann: Actor, bob: Actor, ear: Ear) -> None:
    await rooms.create(ann, RoomCreate(room="alpha", members=["bob"]))
    await rooms.leave(bob, "alpha")
    ear.facts.clear()

    await rooms.leave(bob, "alpha")

    assert ear.facts == []


async def test_owner_who_leaves_hands_the_room_to_its_oldest_member(
    rooms: RoomService, ann: Actor, bob: Actor
) -> None:
    await rooms.create(ann, RoomCreate(room="alpha", members=["bob", "operator"]))

    room = await rooms.leave(ann, "alpha")

    assert (room.owner, room.members) == ("bob", ["bob", "operator"])
    await rooms.update(bob, RoomUpdate(room="alpha", topic="mine"))


async def test_last_who_leaves_leaves_a_room_without_owner(rooms: RoomService, ann: Actor) -> None:
    await rooms.create(ann, RoomCreate(room="alpha"))

    room = await rooms.leave(ann, "alpha")

    assert (room.owner, room.members) == (None, [])


@pytest.mark.parametrize("room", ["global", "dm:ann:bob"])
async def test_some_rooms_are_not_left(rooms: RoomService, ann: Actor, bob: Actor, room: str) -> None:
    await rooms.direct(ann, bob.agent_id)

    with pytest.raises(Forbidden):
        await rooms.leave(ann, room)


async def test_room_shows_how_much_is_in_it(rooms: RoomService, stage: Stage, ann: Actor) -> None:
    await rooms.create(ann, RoomCreate(room="alpha"))
    await stage.say_many(ann, 3, room="alpha")

    room = rooms.see(ann, "alpha")

    assert (room.head, room.oldest) == (3, 1)


async def test_room_of_two_is_opened_once(rooms: RoomService, ann: Actor, bob: Actor, ear: Ear) -> None:
    opened = await asyncio.gather(rooms.direct(ann, "bob"), rooms.direct(bob, "ann"))

    assert {room.id for room in opened} == {"dm:ann:bob"}
    assert opened[0].members == ["ann", "bob"]
    assert len(ear.facts) == 1


async def test_room_of_two_needs_two(rooms: RoomService, ann: Actor) -> None:
    with pytest.raises(InvalidRequest):
        await rooms.direct(ann, "ann")
    with pytest.raises(NotFound):
        await rooms.direct(ann, "nobody")


async def test_agent_is_in_global_its_rooms_and_its_inbox(rooms: RoomService, ann: Actor, bob: Actor) -> None:
    await rooms.create(ann, RoomCreate(room="beta"))
    await rooms.create(bob, RoomCreate(room="alpha", members=["ann"]))
    await rooms.create(bob, RoomCreate(room="gamma"))
    await rooms.direct(ann, "bob")

    assert [room.id for room in rooms.of_agent("ann")] == [
        "global",
        "alpha",
        "beta",
        "dm:ann:bob",
        "inbox:ann",
    ]


async def test_readers_are_all_who_hear(rooms: RoomService, ann: Actor, bob: Actor) -> None:
    await rooms.create(ann, RoomCreate(room="alpha", members=[bob.agent_id]))

    assert set(rooms.readers("global")) == {"operator", "ann", "bob"}
    assert set(rooms.readers("alpha")) == {"ann", "bob"}
    assert set(rooms.readers("nowhere")) == set()


async def test_relay_that_starts_again_on_a_store_knows_its_rooms(
    store: FlakyStore, clock: FakeClock, rooms: RoomService, ann: Actor, bob: Actor
) -> None:
    await rooms.create(ann, RoomCreate(room="alpha", members=[bob.agent_id]))
    again = build_core(settings_of(), store=store, clock=clock)

    await again.start(OPERATOR_TOKEN)
    found = again.rooms.see(bob, "alpha")
    count = len(await store.rooms())
    await again.stop()

    assert found == rooms.see(bob, "alpha")
    assert count == 2
