"""Rooms in the hands of their members, owners and masters: inviting, putting out, changing."""

import asyncio

import pytest

from app.actor import Actor
from app.events import RoomChanged, RoomLeft
from app.services.rooms import RoomService
from protocol.errors import Forbidden, NotFound, RoomExists
from protocol.requests import RoomCreate, RoomInvite, RoomKick, RoomUpdate
from protocol.rooms import Room
from tests.fakes import Ear, Stage


async def stored(stage: Stage, room_id: str) -> Room:
    """Return a room as the store keeps it."""
    return next(room for room in await stage.core.base.store.rooms() if room.id == room_id)


async def test_member_invites(rooms: RoomService, stage: Stage, ann: Actor, bob: Actor) -> None:
    request = RoomCreate(room="alpha", visibility="private", members=["ann"])
    alpha = (await rooms.create(stage.operator, request)).id

    room = await rooms.invite(ann, RoomInvite(room=alpha, agent_id="bob"))

    assert room.members == ["operator", "ann", "bob"]
    assert rooms.see(bob, alpha) == room


async def test_invitation_of_a_member_changes_nothing(rooms: RoomService, ann: Actor, ear: Ear) -> None:
    await rooms.create(ann, RoomCreate(room="alpha"))
    ear.facts.clear()

    await rooms.invite(ann, RoomInvite(room="alpha", agent_id="ann"))

    assert ear.facts == []


async def test_nobody_unknown_is_invited(rooms: RoomService, ann: Actor) -> None:
    await rooms.create(ann, RoomCreate(room="alpha"))

    with pytest.raises(NotFound, match="no such agent"):
        await rooms.invite(ann, RoomInvite(room="alpha", agent_id="nobody"))


async def test_outsider_of_a_public_room_does_not_invite(rooms: RoomService, ann: Actor, bob: Actor) -> None:
    await rooms.create(ann, RoomCreate(room="alpha"))

    with pytest.raises(Forbidden):
        await rooms.invite(bob, RoomInvite(room="alpha", agent_id="operator"))


async def test_owner_puts_a_member_out(rooms: RoomService, ann: Actor, bob: Actor, ear: Ear) -> None:
    await rooms.create(ann, RoomCreate(room="alpha", members=["bob"]))

    room = await rooms.kick(ann, RoomKick(room="alpha", agent_id="bob"))

    assert room.members == ["ann"]
    assert ear.facts[-1] == RoomLeft(room, bob.agent_id)


async def test_master_puts_the_owner_out_of_a_public_room(
    rooms: RoomService, stage: Stage, ann: Actor, bob: Actor
) -> None:
    await rooms.create(ann, RoomCreate(room="alpha", members=[bob.agent_id]))

    room = await rooms.kick(stage.operator, RoomKick(room="alpha", agent_id="ann"))

    assert (room.owner, room.members) == ("bob", ["bob"])


async def test_member_who_is_not_the_owner_puts_nobody_out(
    rooms: RoomService, ann: Actor, bob: Actor
) -> None:
    await rooms.create(ann, RoomCreate(room="alpha", members=["bob"]))

    with pytest.raises(Forbidden):
        await rooms.kick(bob, RoomKick(room="alpha", agent_id="ann"))


async def test_who_is_not_in_is_not_put_out(rooms: RoomService, ann: Actor, bob: Actor) -> None:
    await rooms.create(ann, RoomCreate(room="alpha"))

    with pytest.raises(NotFound, match="not a member"):
        await rooms.kick(ann, RoomKick(room="alpha", agent_id=bob.agent_id))


@pytest.mark.parametrize("room", ["global", "dm:ann:operator"])
async def test_nobody_manages_what_is_nobodys(
    rooms: RoomService, stage: Stage, ann: Actor, room: str
) -> None:
    await rooms.direct(ann, "operator")

    with pytest.raises(Forbidden):
        await rooms.kick(stage.operator, RoomKick(room=room, agent_id="ann"))
    with pytest.raises(Forbidden):
        await rooms.update(stage.operator, RoomUpdate(room=room, topic="x"))


@pytest.mark.parametrize(
    "change",
    [{"title": "beta"}, {"topic": "new"}, {"topic": ""}, {"visibility": "private"}, {"archived": True}],
)
async def test_owner_changes_what_is_named_and_nothing_else(
    rooms: RoomService, stage: Stage, ann: Actor, ear: Ear, change: dict[str, object]
) -> None:
    before = await rooms.create(ann, RoomCreate(room="alpha", topic="old"))

    after = await rooms.update(ann, RoomUpdate.model_validate({"room": "alpha"} | change))

    assert after == before.model_copy(update=change)
    assert ear.facts[-1] == RoomChanged(after)
    assert await stored(stage, "alpha") == after


async def test_a_title_is_one_rooms_alone_and_nobody_takes_it_for_a_new_one(
    rooms: RoomService, stage: Stage, ann: Actor
) -> None:
    for name in ("alpha", "beta"):
        await rooms.create(ann, RoomCreate(room=name))
    await rooms.create(ann, RoomCreate(room="hidden", visibility="private"))
    await rooms.update(ann, RoomUpdate(room="alpha", title="gamma"))
    await rooms.update(ann, RoomUpdate(room="alpha", title="gamma"))

    assert rooms.see(ann, "alpha").title == "gamma"
    records = await stage.core.base.audit.page(stage.operator)
    (record,) = [each for each in records if "before" in each.detail]
    assert (record.detail["before"], record.detail["after"]) == ("alpha", "gamma")
    for title in ("alpha", "gamma", "global"):
        with pytest.raises(RoomExists):
            await rooms.update(ann, RoomUpdate(room="beta", title=title))
    with pytest.raises(RoomExists):
        await rooms.create(ann, RoomCreate(room="gamma"))
    assert (await rooms.update(ann, RoomUpdate(room="beta", title="hidden"))).title == "hidden"


async def test_member_changes_nothing(rooms: RoomService, ann: Actor, bob: Actor) -> None:
    await rooms.create(ann, RoomCreate(room="alpha", members=["bob"]))

    with pytest.raises(Forbidden):
        await rooms.update(bob, RoomUpdate(room="alpha", topic="mine"))


async def test_change_and_join_at_once_keep_each_other(rooms: RoomService, ann: Actor, bob: Actor) -> None:
    await rooms.create(ann, RoomCreate(room="alpha"))

    await asyncio.gather(rooms.update(ann, RoomUpdate(room="alpha", topic="new")), rooms.join(bob, "alpha"))

    room = rooms.see(ann, "alpha")
    assert (room.topic, room.members) == ("new", ["ann", "bob"])


async def test_archived_room_takes_nobody_in(rooms: RoomService, ann: Actor, bob: Actor) -> None:
    await rooms.create(ann, RoomCreate(room="alpha"))
    await rooms.update(ann, RoomUpdate(room="alpha", archived=True))

    with pytest.raises(Forbidden, match="archived"):
        await rooms.join(bob, "alpha")
    with pytest.raises(Forbidden, match="archived"):
        await rooms.invite(ann, RoomInvite(room="alpha", agent_id="bob"))
