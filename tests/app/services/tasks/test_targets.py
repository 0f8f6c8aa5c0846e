"""Targets: whom a command is for, and that nothing is said of who is not in a private room."""

import pytest

from app.services.tasks.targets import TargetFinder
from protocol.errors import InvalidRequest, NotFound
from protocol.requests import RoomCreate
from protocol.roles import Role
from protocol.rooms import Room
from tests.app.services.tasks.crew import Crew


@pytest.fixture
def finder(crew: Crew) -> TargetFinder:
    return crew.stage.core.coordination.slash._finder


@pytest.fixture
def lobby(crew: Crew) -> Room:
    """Return the global room."""
    return crew.stage.core.rooms.see(crew.stage.operator, "global")


async def a_room_of(crew: Crew, visibility: str, *members: str) -> Room:
    """Make a room of the operator and others."""
    request = RoomCreate.model_validate({"room": "alpha", "visibility": visibility, "members": list(members)})
    return await crew.stage.core.rooms.create(crew.stage.operator, request)


def found(
    finder: TargetFinder, crew: Crew, room: Room, *names: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return ids and unknown names, as the operator sees it."""
    targets = finder.find(crew.stage.operator, room, names)
    return targets.ids, targets.unknown


@pytest.mark.parametrize(
    ("names", "ids"),
    [
        (["@bob"], ("bob",)),
        (["bob"], ("bob",)),
        (["@BOB"], ("bob",)),
        (["@online"], ("bob",)),
        (["@all"], ("ann", "bob")),
        (["@bob", "@all", "@bob"], ("bob", "ann")),
        (["operator"], ("operator",)),
    ],
)
async def test_names_and_groups_are_found_each_once(
    crew: Crew, finder: TargetFinder, lobby: Room, names: list[str], ids: tuple[str, ...]
) -> None:
    assert found(finder, crew, lobby, *names) == (ids, ())


async def test_handle_is_what_counts_not_the_id(crew: Crew, finder: TargetFinder, lobby: Room) -> None:
    await crew.ask("/nick star", by="ann")

    assert found(finder, crew, lobby, "@star", "@ann") == (("ann",), ("@ann",))


async def test_groups_are_workers_without_who_asks_and_who_is_paused(
    crew: Crew, finder: TargetFinder, lobby: Room
) -> None:
    await crew.stage.enrol("wat", Role.WARDEN)
    await crew.stage.connect("wat")
    await crew.stage.enrol("cas")
    await crew.ask("/pause @cas")

    assert found(finder, crew, lobby, "@all") == (("ann", "bob"), ())
    assert finder.find(crew.stage.actor("ann"), lobby, ["@all"]).ids == ("bob",)


async def test_unknown_names_are_told_beside_who_is_found(
    crew: Crew, finder: TargetFinder, lobby: Room
) -> None:
    assert found(finder, crew, lobby, "@ghost", "@bob", "@") == (("bob",), ("@ghost", "@"))


@pytest.mark.parametrize("names", [["@ghost"], ["@online"], []])
async def test_nobody_is_refused(crew: Crew, finder: TargetFinder, lobby: Room, names: list[str]) -> None:
    await crew.leave()

    with pytest.raises(NotFound):
        found(finder, crew, lobby, *names)


async def test_who_is_outside_a_public_room_may_be_named_and_is_in_no_group(
    crew: Crew, finder: TargetFinder
) -> None:
    alpha = await a_room_of(crew, "public", "bob")

    assert found(finder, crew, alpha, "@ann") == (("ann",), ())
    assert found(finder, crew, alpha, "@all") == (("bob",), ())


@pytest.mark.parametrize("room", ["private", "dm"])
async def test_who_is_outside_a_hidden_room_reads_like_nobody(
    crew: Crew, finder: TargetFinder, room: str
) -> None:
    hidden = (
        await a_room_of(crew, "private", "bob")
        if room == "private"
        else await crew.stage.core.rooms.direct(crew.stage.operator, "bob")
    )

    for names in (["@ann"], ["ann"]):
        with pytest.raises(NotFound) as outsider:
            found(finder, crew, hidden, *names)
        with pytest.raises(NotFound) as ghost:
            found(finder, crew, hidden, *(name.replace("ann", "ghost") for name in names))
        assert outsider.value.message.replace("ann", "ghost") == ghost.value.message
    assert found(finder, crew, hidden, "@ann", "@bob", "@ghost") == (("bob",), ("@ann", "@ghost"))
    assert found(finder, crew, hidden, "@all") == (("bob",), ())
    assert not finder.is_here(hidden, "@ann")


async def test_without_a_name_the_peer_or_who_is_online_or_nobody(
    crew: Crew, finder: TargetFinder, lobby: Room
) -> None:
    direct = await crew.stage.core.rooms.direct(crew.stage.operator, "ann")

    assert finder.default(crew.stage.operator, direct, 2).ids == ("ann",)
    assert finder.default(crew.stage.operator, lobby, 0).ids == ("bob",)
    for risk in (1, 2):
        with pytest.raises(InvalidRequest):
            finder.default(crew.stage.operator, lobby, risk)
