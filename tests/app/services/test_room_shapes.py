"""What rooms look like as they begin, and when somebody has left."""

import pytest

from app.services.room_shapes import direct_room, inbox_of, new_room, unopened_dm, without
from protocol.addressing import RoomKind
from protocol.requests import RoomCreate
from tests.fakes import a_room

NOW = "2026-01-01T00:00:00.000Z"


def test_room_of_two_names_its_two() -> None:
    room = direct_room("dm:ann:bob", NOW)

    assert (room.kind, room.visibility, room.members) == (RoomKind.DM, "private", ["ann", "bob"])
    assert room.owner is None


@pytest.mark.parametrize("room_id", ["dm:ann:eve", "dm:ann", "alpha", "inbox:ann", "", "dm:ann:ann"])
def test_nobody_is_in_a_dm_that_can_not_be(room_id: str) -> None:
    assert unopened_dm(room_id, {"ann", "bob"}.__contains__, NOW) is None


def test_dm_of_two_who_are_known_is_there_before_it_is_opened() -> None:
    assert unopened_dm("dm:ann:bob", {"ann", "bob"}.__contains__, NOW) == direct_room("dm:ann:bob", NOW)


def test_who_asks_for_a_room_owns_it() -> None:
    room = new_room("p-1", RoomCreate(room="cellar", topic="wine", visibility="private"), ["ann", "bob"], NOW)

    assert (room.id, room.title, room.topic, room.visibility) == ("p-1", "cellar", "wine", "private")
    assert (room.owner, room.members) == ("ann", ["ann", "bob"])


@pytest.mark.parametrize(
    ("leaves", "members", "owner"),
    [("ann", ["bob", "cas"], "bob"), ("bob", ["ann", "cas"], "ann"), ("eve", ["ann", "bob", "cas"], "ann")],
)
def test_room_passes_to_its_longest_standing_member(leaves: str, members: list[str], owner: str) -> None:
    room = without(a_room("alpha", members=["ann", "bob", "cas"], owner="ann"), leaves)

    assert (room.members, room.owner) == (members, owner)


def test_room_that_all_have_left_is_nobodys() -> None:
    assert without(a_room("alpha", members=["ann"], owner="ann"), "ann").owner is None


def test_inbox_is_its_agents_alone() -> None:
    assert inbox_of("ann").members == ["ann"]
