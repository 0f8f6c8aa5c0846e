"""Hidden rooms: what one may not see does not exist for one, on no path, in no word."""

from collections.abc import Awaitable, Callable

import pytest

from app.actor import Actor
from app.services.rooms import RoomService
from protocol.errors import NotFound
from protocol.requests import (
    ChatDelete,
    ChatHistory,
    ChatTyping,
    RoomCreate,
    RoomInvite,
    RoomKick,
    RoomUpdate,
)
from protocol.roles import Role
from tests.fakes import Stage

Path = Callable[[Stage, Actor, str], Awaitable[object]]


async def see(stage: Stage, actor: Actor, room: str) -> object:
    return stage.core.rooms.see(actor, room)


async def join(stage: Stage, actor: Actor, room: str) -> object:
    return await stage.core.rooms.join(actor, room)


async def leave(stage: Stage, actor: Actor, room: str) -> object:
    return await stage.core.rooms.leave(actor, room)


async def invite(stage: Stage, actor: Actor, room: str) -> object:
    return await stage.core.rooms.invite(actor, RoomInvite(room=room, agent_id=actor.agent_id))


async def kick(stage: Stage, actor: Actor, room: str) -> object:
    return await stage.core.rooms.kick(actor, RoomKick(room=room, agent_id="operator"))


async def update(stage: Stage, actor: Actor, room: str) -> object:
    return await stage.core.rooms.update(actor, RoomUpdate(room=room, topic="mine"))


async def send(stage: Stage, actor: Actor, room: str) -> object:
    return await stage.say(actor, to_type="room", to_id=room)


async def history(stage: Stage, actor: Actor, room: str) -> object:
    return await stage.core.chat.history(actor, ChatHistory(room=room))


async def search(stage: Stage, actor: Actor, room: str) -> object:
    return await stage.core.search.search(actor, room, "hello")


async def delete(stage: Stage, actor: Actor, room: str) -> object:
    return await stage.core.chat.delete(actor, ChatDelete(room=room, id="secret", reason="x"))


async def typing(stage: Stage, actor: Actor, room: str) -> object:
    stage.core.chat.typing(actor, ChatTyping(to_type="room", to_id=room, typing=True))
    return None


async def acknowledge(stage: Stage, actor: Actor, room: str) -> object:
    reader = await stage.connect(actor.agent_id)
    stage.core.readers.delivery.acknowledge(reader.id, room, 1)
    return None


PATHS: list[Path] = [
    see,
    join,
    leave,
    invite,
    kick,
    update,
    send,
    history,
    search,
    delete,
    typing,
    acknowledge,
]


@pytest.fixture
async def cellar(stage: Stage) -> str:
    """Make a private room and a DM that nobody but their members knows; return the room's id."""
    for agent_id in ("ann", "bob", "eve"):
        await stage.enrol(agent_id)
    request = RoomCreate(room="cellar", visibility="private", members=["bob"], topic="hidden")
    room = await stage.core.rooms.create(stage.actor("ann"), request)
    await stage.say(stage.actor("ann"), to_type="room", to_id=room.id, key="secret")
    await stage.say(stage.actor("ann"), to_type="dm", to_id="bob")
    return room.id


@pytest.fixture(params=["private", "dm:ann:bob", "inbox:ann"])
def hidden(request: pytest.FixtureRequest, cellar: str) -> str:
    """Name a room that eve may not see."""
    name: str = request.param
    return {"private": cellar}.get(name, name)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.__name__)
@pytest.mark.parametrize("stranger", ["eve", "operator"])
async def test_hidden_room_answers_as_one_that_is_not_there(
    stage: Stage, path: Path, hidden: str, stranger: str
) -> None:
    actor = stage.actor(stranger)

    with pytest.raises(NotFound) as refusal:
        await path(stage, actor, hidden)
    with pytest.raises(NotFound) as nothing:
        await path(stage, actor, "nowhere")

    assert refusal.value.body() == nothing.value.body()


async def test_name_of_a_hidden_room_finds_nothing(stage: Stage, cellar: str, rooms: RoomService) -> None:
    with pytest.raises(NotFound):
        rooms.see(stage.actor("ann"), "cellar")

    assert rooms.see(stage.actor("ann"), cellar).title == "cellar"


async def test_hidden_rooms_are_listed_for_their_members_only(
    stage: Stage, cellar: str, rooms: RoomService
) -> None:
    await rooms.create(stage.actor("ann"), RoomCreate(room="alpha"))

    listed = {
        name: [room.id for room in rooms.visible_to(stage.actor(name))] for name in ("ann", "bob", "eve")
    }

    assert listed == {
        "ann": ["global", "dm:ann:bob", "alpha", cellar],
        "bob": ["global", "dm:ann:bob", "alpha", cellar],
        "eve": ["global", "alpha"],
    }


@pytest.mark.usefixtures("cellar")
async def test_public_room_that_turns_private_disappears(stage: Stage, rooms: RoomService) -> None:
    await rooms.create(stage.actor("ann"), RoomCreate(room="alpha"))
    await rooms.update(stage.actor("ann"), RoomUpdate(room="alpha", visibility="private"))

    with pytest.raises(NotFound):
        await rooms.join(stage.actor("eve"), "alpha")


async def test_who_was_put_out_sees_nothing_any_more(stage: Stage, rooms: RoomService, cellar: str) -> None:
    await rooms.kick(stage.actor("ann"), RoomKick(room=cellar, agent_id="bob"))

    with pytest.raises(NotFound):
        await stage.core.chat.history(stage.actor("bob"), ChatHistory(room=cellar))


@pytest.mark.usefixtures("cellar")
async def test_two_agents_see_their_room_before_its_first_message(stage: Stage, rooms: RoomService) -> None:
    room = rooms.see(stage.actor("ann"), "dm:ann:eve")

    assert (room.members, room.head) == (["ann", "eve"], 0)


@pytest.mark.usefixtures("cellar")
async def test_whether_a_stranger_exists_shows_in_no_room_of_two(stage: Stage, rooms: RoomService) -> None:
    with pytest.raises(NotFound) as refusal:
        rooms.see(stage.actor("eve"), "dm:ann:bob")
    with pytest.raises(NotFound) as nothing:
        rooms.see(stage.actor("eve"), "dm:ann:nobody")

    assert refusal.value.body() == nothing.value.body()


async def test_warden_reads_what_is_hidden_from_others_and_every_read_is_recorded(
    stage: Stage, cellar: str, rooms: RoomService
) -> None:
    wat = await stage.enrol("wat", Role.WARDEN)

    page = await stage.core.chat.history(wat, ChatHistory(room=cellar))
    await stage.core.chat.history(wat, ChatHistory(room="dm:ann:bob"))

    room = await rooms.read(wat, cellar)
    listed = await rooms.listed(wat)

    done = [(each.action, each.target) for each in await stage.records() if each.actor == "wat"]
    assert [message.id for message in page.messages] == ["secret"]
    assert room.members == ["ann", "bob"]
    assert {cellar, "dm:ann:bob"} <= {each.id for each in listed}
    assert done == [
        ("message.read", cellar),
        ("message.read", "dm:ann:bob"),
        ("room.read", cellar),
        ("room.list", ""),
    ]


@pytest.mark.parametrize("path", [join, leave, invite, kick, update, send, typing], ids=lambda p: p.__name__)
async def test_warden_reads_and_does_nothing_else_in_a_hidden_room(
    stage: Stage, path: Path, hidden: str
) -> None:
    wat = await stage.enrol("wat", Role.WARDEN)

    with pytest.raises(NotFound) as refusal:
        await path(stage, wat, hidden)
    with pytest.raises(NotFound) as nothing:
        await path(stage, wat, "nowhere")

    assert refusal.value.body() == nothing.value.body()
