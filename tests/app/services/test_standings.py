"""Standings: what an actor is to a room, and which rooms are managed by hand."""

import pytest

from app.actor import Actor, Via
from app.services.permissions import Standing
from app.services.room_shapes import direct_room
from app.services.standings import named, standing_in
from protocol.errors import Forbidden
from protocol.roles import Role
from protocol.rooms import Room
from tests.fakes import a_room

ANN = Actor("ann", "ann", Role.WORKER, Via.SOCKET)


def global_room() -> Room:
    return a_room("global", kind="global")


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_owner_stands_above_its_members(visibility: str) -> None:
    room = a_room("alpha", members=["ann"], owner="ann", visibility=visibility)

    assert standing_in(ANN, room) is Standing.OWNER


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_member_is_a_member_whoever_may_see_the_room(visibility: str) -> None:
    room = a_room("alpha", members=["bob", "ann"], owner="bob", visibility=visibility)

    assert standing_in(ANN, room) is Standing.MEMBER


@pytest.mark.parametrize(("visibility", "standing"), [("public", "visitor"), ("private", "outsider")])
def test_who_is_not_in_is_a_visitor_or_an_outsider(visibility: str, standing: str) -> None:
    room = a_room("alpha", members=["bob"], owner="bob", visibility=visibility)

    assert standing_in(ANN, room) is Standing(standing)


def test_everybody_is_a_member_of_the_global_room() -> None:
    assert standing_in(ANN, global_room()) is Standing.MEMBER


def test_room_of_two_is_for_the_two() -> None:
    assert standing_in(ANN, direct_room("dm:ann:bob", "")) is Standing.MEMBER
    assert standing_in(ANN, direct_room("dm:bob:cas", "")) is Standing.OUTSIDER


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_inbox_of_another_is_hidden_whatever_it_says_of_itself(visibility: str) -> None:
    room = a_room("inbox:bob", kind="inbox", members=["bob"], visibility=visibility)

    assert standing_in(ANN, room) is Standing.OUTSIDER


def test_only_what_people_made_is_managed_by_hand() -> None:
    alpha = a_room("alpha")

    assert named(alpha) is alpha
    for room in (global_room(), direct_room("dm:ann:bob", ""), a_room("inbox:ann", kind="inbox")):
        with pytest.raises(Forbidden):
            named(room)
