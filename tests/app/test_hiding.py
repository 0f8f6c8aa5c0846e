"""What an outsider is told of a hidden room, at both doors: just what it is told of one that is not there."""

from dataclasses import replace

import pytest

from app.services.permissions import Standing
from protocol.roles import Role
from tests.app.doors import Doors, Scene, open_doors
from tests.app.test_authority import BODIES, ROOM_BODIES, url_of
from tests.fakes import Stage

# What a warden may see, and for what it is told that it may not.
READING = {
    "chat_history",
    "chat_delete",
    "DELETE_/v1/rooms/{room_id}/messages/{message_id}",
    *(route for route in ROOM_BODIES if route.startswith("GET_")),
}
IN_ROOMS = [event for event in BODIES if event.startswith(("chat_", "room_", "task_dispatch"))]
EVENTS = [event for event in IN_ROOMS if event not in {"room_create", "room_list"}]
# A task's own routes name no room; that one in a hidden room does not exist is in the table of authority.
ROUTES = [route for route in ROOM_BODIES if "{task_id}" not in route]
# Names of rooms that nobody made, each shaped like one of the hidden rooms beside it.
NOWHERE = {"private": "p-made-999", "dm:guest:host": "dm:guest:nobody", "inbox:host": "inbox:nobody"}


@pytest.fixture
async def doors(stage: Stage) -> Doors:
    doors = await open_doors(stage)
    await stage.say(stage.actor("host"), to_type="dm", to_id="guest")
    return doors


@pytest.fixture(params=[Role.WORKER, Role.MASTER])
async def scene(doors: Doors, request: pytest.FixtureRequest) -> Scene:
    """Let a worker or a master stand before a private room."""
    return await doors.scene(request.param, Standing.OUTSIDER)


@pytest.fixture
async def warden(doors: Doors) -> Scene:
    """Let a warden stand before a private room."""
    return await doors.scene(Role.WARDEN, Standing.OUTSIDER)


def pair(scene: Scene, hidden: str) -> tuple[Scene, Scene]:
    """Return the scene before a hidden room, and before nothing."""
    room = {"private": scene.room}.get(hidden, hidden)
    return replace(scene, room=room), replace(scene, room=NOWHERE[hidden])


async def acks(doors: Doors, event: str, scenes: tuple[Scene, Scene]) -> list[dict[str, object]]:
    """Return what an event is answered in each scene."""
    actor = doors.stage.actor(scenes[0].me)
    link = scenes[0].reader.id
    return [await doors.socket(actor, event, BODIES[event](each), link=link) for each in scenes]


async def answers(doors: Doors, route: str, scenes: tuple[Scene, Scene]) -> list[tuple[int, str, str]]:
    """Return status, type and body of what a route answers in each scene."""
    method = route.partition("_")[0]
    found = []
    for scene in scenes:
        answer = await doors.rest(method, url_of(route, scene), ROOM_BODIES[route](scene), token=scene.token)
        found.append((answer.status_code, answer.headers["content-type"], answer.text))
    return found


@pytest.mark.parametrize("hidden", NOWHERE)
async def test_event_tells_an_outsider_nothing_of_a_hidden_room(
    doors: Doors, scene: Scene, hidden: str
) -> None:
    scenes = pair(scene, hidden)

    told = {event: await acks(doors, event, scenes) for event in EVENTS}

    assert {event for event, (there, nowhere) in told.items() if there != nowhere} == set()
    assert {str(there["error"]) for there, _ in told.values()} == {
        "{'code': 'not_found', 'message': 'no such room', 'retryable': False, 'field': 'room'}"
    }


@pytest.mark.parametrize("hidden", NOWHERE)
async def test_route_tells_an_outsider_nothing_of_a_hidden_room(
    doors: Doors, scene: Scene, hidden: str
) -> None:
    scenes = pair(scene, hidden)

    told = {route: await answers(doors, route, scenes) for route in ROUTES}

    assert {route for route, (there, nowhere) in told.items() if there != nowhere} == set()
    assert {there[:2] for there, _ in told.values()} == {(404, "application/problem+json")}


async def test_warden_who_may_only_read_is_told_nothing_else_of_a_hidden_room(
    doors: Doors, warden: Scene
) -> None:
    scenes = pair(warden, "private")

    events = {event: await acks(doors, event, scenes) for event in EVENTS if event not in READING}
    routes = {route: await answers(doors, route, scenes) for route in ROUTES if route not in READING}

    assert {event for event, (there, nowhere) in events.items() if there != nowhere} == set()
    assert {route for route, (there, nowhere) in routes.items() if there != nowhere} == set()


async def test_list_of_rooms_tells_an_outsider_nothing_of_a_hidden_room(doors: Doors, scene: Scene) -> None:
    over_rest = await doors.rest("GET", "/v1/rooms", token=scene.token)
    over_socket = await doors.socket(doors.stage.actor(scene.me), "room_list", {})

    assert [room["id"] for room in over_rest.json()["items"]] == ["global"]
    assert [room["id"] for room in over_socket["rooms"]] == ["global"]


async def test_welcome_of_an_outsider_names_no_hidden_room(scene: Scene) -> None:
    assert list(scene.reader.rooms) == ["global", f"inbox:{scene.me}"]


async def test_what_is_hidden_is_hidden_from_a_member_that_was_put_out(doors: Doors) -> None:
    scene = await doors.scene(Role.WORKER, Standing.MEMBER)
    actor, link = doors.stage.actor(scene.me), scene.reader.id
    await doors.socket(
        doors.stage.actor("host"), "room_update", {"room": scene.room, "visibility": "private"}
    )
    await doors.socket(doors.stage.actor("host"), "room_kick", {"room": scene.room, "agent_id": scene.me})

    told = {event: await acks(doors, event, pair(scene, "private")) for event in EVENTS}

    assert {event for event, (there, nowhere) in told.items() if there != nowhere} == set()
    assert await doors.ask(link, "chat_history", {"room": scene.room}) is None
    assert actor.agent_id not in doors.core.rooms.readers(scene.room)
