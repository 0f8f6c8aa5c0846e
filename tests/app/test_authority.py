"""Authority at both doors: every event and every route, for every role and standing, against a table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from typing_extensions import override

from app.services.permissions import Standing
from protocol.events import CLIENT_EVENTS
from protocol.roles import Role
from tests.app.doors import Doors, Scene, open_doors, outcome_of, outcome_of_response
from tests.fakes import Stage

STANDINGS = (Standing.OWNER, Standing.MEMBER, Standing.VISITOR, Standing.OUTSIDER)
CODES = {
    "k": "ok",
    "u": "unauthenticated",
    "f": "forbidden",
    "n": "not_found",
    "i": "invalid_request",
    "c": "conflict",
}

# Four letters a cell: for the owner, a member, a visitor and an outsider of the room.
EVENTS = """
event          master  warden  worker
chat_send      kkfn    fffn    kkfn
chat_ack       kknn    kknn    kknn
chat_history   kkkn    kkkk    kkkn
chat_delete    kkkn    ffff    fffn
chat_typing    kkfn    fffn    kkfn
room_create    kkkk    ffff    kkkk
room_join      kkkn    kkkn    kkkn
room_leave     kkkn    kkkn    kkkn
room_invite    kkfn    fffn    kkfn
room_kick      kkkn    fffn    kffn
room_update    kkkn    fffn    kffn
room_list      kkkk    kkkk    kkkk
presence_set   kkkk    kkkk    kkkk
handle_set     kkkk    kkkk    kkkk
report         kkkk    kkkk    kkkk
task_dispatch  kkfn    fffn    kkfn
task_ack       kkkk    kkkk    kkkk
task_progress  kkkk    kkkk    kkkk
task_result    kkkk    kkkk    kkkk
task_cancel    kkkn    ffff    fffn
task_approve   kkkk    ffff    ffff
task_deny      kkkk    ffff    ffff
commands_list  kkkk    kkkk    kkkk
"""
ROOM_ROUTES = """
route                                master  warden  worker
GET_/v1/rooms/{room_id}              kkkn    kkkk    kkkn
PATCH_/v1/rooms/{room_id}            kkkn    fffn    kffn
DELETE_/v1/rooms/{room_id}           kkkn    fffn    fffn
POST_/v1/rooms/{room_id}/join        kkkn    kkkn    kkkn
POST_/v1/rooms/{room_id}/leave       kkkn    kkkn    kkkn
POST_/v1/rooms/{room_id}/invite      kkfn    fffn    kkfn
POST_/v1/rooms/{room_id}/kick        kkkn    fffn    kffn
GET_/v1/rooms/{room_id}/history      kkkn    kkkk    kkkn
GET_/v1/rooms/{room_id}/search       kkkn    kkkk    kkkn
GET_/v1/rooms/{room_id}/members      kkkn    kkkk    kkkn
POST_/v1/rooms/{room_id}/invitations kkfn    fffn    kkfn
PUT_/v1/rooms/{room_id}/members/{agent_id}     kkfn    fffn    kkfn
DELETE_/v1/rooms/{room_id}/members/{agent_id}  kkkn    fffn    kffn
GET_/v1/rooms/{room_id}/messages/{message_id}     kkkn    kkkk    kkkn
DELETE_/v1/rooms/{room_id}/messages/{message_id}  kkkn    ffff    fffn
POST_/v1/messages                    kkfn    fffn    kkfn
POST_/v1/tasks                       kkfn    fffn    kkfn
GET_/v1/tasks/{task_id}              kkkn    kkkk    kkkn
GET_/v1/tasks/{task_id}/output       kkkn    kkkk    kkkn
POST_/v1/tasks/{task_id}/ack         kkkk    kkkk    kkkk
POST_/v1/tasks/{task_id}/progress    kkkk    kkkk    kkkk
POST_/v1/tasks/{task_id}/result      kkkk    kkkk    kkkk
POST_/v1/tasks/{task_id}/cancel      kkkn    ffff    fffn
POST_/v1/tasks/{task_id}/approve     kkkk    ffff    ffff
POST_/v1/tasks/{task_id}/deny        kkkk    ffff    ffff
POST_/v1/tasks/{task_id}/retry       kkfn    fffn    kkfn
"""
BODIES: dict[str, Callable[[Scene], dict[str, Any]]] = {
    "chat_send": lambda scene: {"to_type": "room", "to_id": scene.room, "payload": {"text": "hello"}},
    "chat_ack": lambda scene: {"room": scene.room, "offset": 1},
    "chat_history": lambda scene: {"room": scene.room},
    "chat_delete": lambda scene: {"room": scene.room, "id": scene.said, "reason": "x"},
    "chat_typing": lambda scene: {"to_type": "room", "to_id": scene.room, "typing": True},
    "room_create": lambda scene: {"room": f"new-{scene.me}"},
    "room_join": lambda scene: {"room": scene.room},
    "room_leave": lambda scene: {"room": scene.room},
    "room_invite": lambda scene: {"room": scene.room, "agent_id": "stranger"},
    "room_kick": lambda scene: {"room": scene.room, "agent_id": "guest"},
    "room_update": lambda scene: {"room": scene.room, "topic": "new"},
    "room_list": lambda _: {},
    "presence_set": lambda _: {"status": "idle"},
    "handle_set": lambda scene: {"handle": f"y-{scene.me}"},
    "report": lambda _: {},
    "task_dispatch": lambda scene: {"to": ["guest"], "command": "status", "room": scene.room},
    "task_ack": lambda scene: {"task_id": scene.work.mine, "lease": f"{scene.work.mine}.1"},
    "task_progress": lambda scene: {"task_id": scene.work.running, "lease": f"{scene.work.running}.1"},
    "task_result": lambda scene: {
        "task_id": scene.work.running,
        "lease": f"{scene.work.running}.1",
        "state": "succeeded",
    },
    "task_cancel": lambda scene: {"task_id": scene.work.theirs},
    "task_approve": lambda scene: {"task_id": scene.work.risky},
    "task_deny": lambda scene: {"task_id": scene.work.risky},
    "commands_list": lambda _: {},
}
ROOM_BODIES: dict[str, Callable[[Scene], dict[str, Any] | None]] = {
    "GET_/v1/rooms/{room_id}": lambda _: None,
    "PATCH_/v1/rooms/{room_id}": lambda _: {"topic": "new"},
    "DELETE_/v1/rooms/{room_id}": lambda _: None,
    "POST_/v1/rooms/{room_id}/join": lambda _: None,
    "POST_/v1/rooms/{room_id}/leave": lambda _: None,
    "POST_/v1/rooms/{room_id}/invite": lambda _: {"agent_id": "stranger"},
    "POST_/v1/rooms/{room_id}/invitations": lambda _: {"agent_id": "stranger"},
    "POST_/v1/rooms/{room_id}/kick": lambda _: {"agent_id": "guest"},
    "GET_/v1/rooms/{room_id}/history": lambda _: None,
    "GET_/v1/rooms/{room_id}/search": lambda _: None,
    "GET_/v1/rooms/{room_id}/members": lambda _: None,
    "PUT_/v1/rooms/{room_id}/members/{agent_id}": lambda _: None,
    "DELETE_/v1/rooms/{room_id}/members/{agent_id}": lambda _: None,
    "GET_/v1/rooms/{room_id}/messages/{message_id}": lambda _: None,
    "DELETE_/v1/rooms/{room_id}/messages/{message_id}": lambda _: None,
    "POST_/v1/messages": lambda scene: {"to_type": "room", "to_id": scene.room, "text": "hello"},
    "POST_/v1/tasks": lambda scene: {"to": "guest", "command": "status", "room": scene.room},
    "GET_/v1/tasks/{task_id}": lambda _: None,
    "GET_/v1/tasks/{task_id}/output": lambda _: None,
    "POST_/v1/tasks/{task_id}/ack": lambda scene: {"lease": f"{scene.work.mine}.1"},
    "POST_/v1/tasks/{task_id}/progress": lambda scene: {"lease": f"{scene.work.running}.1"},
    "POST_/v1/tasks/{task_id}/result": lambda scene: {
        "lease": f"{scene.work.running}.1",
        "state": "succeeded",
    },
    "POST_/v1/tasks/{task_id}/cancel": lambda _: None,
    "POST_/v1/tasks/{task_id}/approve": lambda _: None,
    "POST_/v1/tasks/{task_id}/deny": lambda _: None,
    "POST_/v1/tasks/{task_id}/retry": lambda _: None,
}
# What a route must be asked with.
ASKED = {"GET_/v1/rooms/{room_id}/search": "?q=hello"}
# Which task of the scene a route is tried on.
TRIED = {
    "approve": "risky",
    "deny": "risky",
    "retry": "ended",
    "ack": "mine",
    "progress": "running",
    "result": "running",
}


def url_of(route: str, scene: Scene) -> str:
    """Return what to call for a route of a room."""
    method, path = route.split("_", 1)
    task = getattr(scene.work, TRIED.get(path.rpartition("/")[2], "theirs"))
    whom = "stranger" if method == "PUT" else "guest"
    filled = path.format(room_id=scene.room, task_id=task, message_id=scene.said, agent_id=whom)
    return filled + ASKED.get(route, "")


@dataclass(frozen=True, slots=True)
class Route:
    """A route without a room, whom it answers how (master, warden, worker, anonymous), and how to call it."""

    method: str
    path: str
    answers: str
    body: dict[str, Any] | None = None
    filled: str = ""

    @override
    def __str__(self) -> str:
        return f"{self.method} {self.filled or self.path} {self.body or ''}"

    def url(self, names: dict[str, str]) -> str:
        """Return what to call."""
        return (self.filled or self.path).format(**names)


# `$me` and `$host` stand for the one who asks and for somebody else, `$application` for one who waits.
ROUTES = [
    Route("GET", "/v1/ping", "kkkk"),
    Route("GET", "/metrics", "kkfu"),
    Route("GET", "/reference", "kkku"),
    Route("GET", "/openapi.json", "kkku"),
    Route("GET", "/v1/rooms", "kkku"),
    Route("GET", "/v1/events", "kkku", filled="/v1/events?wait=0"),
    Route("POST", "/v1/events/ack", "iiiu", {"cursor": "x"}),
    Route("POST", "/v1/rooms", "kfku", {"id": "new"}),
    Route("GET", "/v1/agents", "kkku"),
    Route("POST", "/v1/agents", "kffu", {"agent_id": "newcomer"}),
    Route("GET", "/v1/agents/me", "kkku"),
    Route("GET", "/v1/agents/{agent_id}", "kkku", filled="/v1/agents/host"),
    Route("PATCH", "/v1/agents/{agent_id}", "kffu", {"role": "warden"}, "/v1/agents/host"),
    Route("PATCH", "/v1/agents/{agent_id}", "kffu", {"role": "worker"}, "/v1/agents/{me}"),
    Route("GET", "/v1/agents/{agent_id}/handles", "kkku", filled="/v1/agents/host/handles"),
    Route("POST", "/v1/handles", "kkku", {"agent_id": "$me", "handle": "star"}),
    Route("POST", "/v1/handles", "kffu", {"agent_id": "host", "handle": "star"}),
    Route("GET", "/v1/handles", "kkku"),
    Route("GET", "/v1/handles/{handle}", "kkku", filled="/v1/handles/host"),
    Route("GET", "/v1/presence", "kkku"),
    Route("PUT", "/v1/presence", "kkku", {"status": "idle"}),
    Route("GET", "/v1/dms", "kkku"),
    Route("GET", "/v1/dms/{who}", "kkku", filled="/v1/dms/@host"),
    Route("GET", "/v1/tokens", "kffu"),
    Route("GET", "/v1/tokens", "kkku", filled="/v1/tokens?agent_id={me}"),
    Route("GET", "/v1/tokens", "kffu", filled="/v1/tokens?agent_id=host"),
    Route("POST", "/v1/tokens", "kffu", {"agent_id": "$me"}),
    Route("POST", "/v1/tokens", "kffu", {"agent_id": "host"}),
    Route("POST", "/v1/tokens/{token_id}/rotate", "kkku", {}, "/v1/tokens/{my_token}/rotate"),
    Route("POST", "/v1/tokens/{token_id}/rotate", "knnu", {}, "/v1/tokens/{host_token}/rotate"),
    Route("DELETE", "/v1/tokens/{token_id}", "kkku", filled="/v1/tokens/{my_token}"),
    Route("DELETE", "/v1/tokens/{token_id}", "knnu", filled="/v1/tokens/{host_token}"),
    Route("GET", "/v1/joins", "kffu"),
    Route("POST", "/v1/joins", "kkkk", {"agent_id": "applicant"}),
    Route("POST", "/v1/joins/collect", "kkkk", {"secret": "$secret"}),
    Route("POST", "/v1/joins/{application_id}/admit", "kffu", {}, "/v1/joins/{application}/admit"),
    Route("POST", "/v1/joins/{application_id}/deny", "kffu", filled="/v1/joins/{application}/deny"),
    Route("GET", "/v1/audit", "kkfu"),
    Route("GET", "/v1/audit/verify", "kkfu"),
    Route("GET", "/v1/audit/export", "kkfu"),
    Route("GET", "/v1/limits", "kkfu"),
    Route("GET", "/v1/logs", "kkfu"),
    Route("GET", "/v1/logs/tasks", "kkku"),
    Route("GET", "/v1/info", "kkku"),
    Route("GET", "/v1/settings", "kffu"),
    Route("PUT", "/v1/settings", "kffu", {}),
    Route("GET", "/v1/persistence", "kkfu"),
    Route("PUT", "/v1/persistence", "kkfu", {"url": "memory", "test": True}),
    Route("PUT", "/v1/persistence", "kkfu", {"url": "memory"}),
    Route("GET", "/v1/persistence/counts", "kkfu"),
    Route("GET", "/v1/backup", "kffu"),
    Route("POST", "/v1/history/purge", "kffu", {"older_than_days": 30.0}),
    Route("POST", "/v1/agents/{agent_id}/disconnect", "kffu", filled="/v1/agents/host/disconnect"),
    # Who may restart is told that this one would not come back where it is.
    Route("POST", "/v1/restart", "cffu"),
    Route("POST", "/v1/import", "kffu", {"messages": [{"from": "old", "msg": "hello", "ts": 0.0}]}),
    Route("GET", "/v1/tasks", "kkku"),
    Route("GET", "/v1/commands", "kkku"),
    Route("PUT", "/v1/commands/{name}", "kffu", {"line": "/status @all"}, "/v1/commands/morning"),
    Route("DELETE", "/v1/commands/{name}", "nffu", filled="/v1/commands/none"),
    Route("GET", "/v1/paused", "kkku"),
    Route("GET", "/v1/agents/{agent_id}/telemetry", "kkfu", filled="/v1/agents/host/telemetry"),
    Route("GET", "/v1/agents/{agent_id}/telemetry", "kkku", filled="/v1/agents/{me}/telemetry"),
    Route("PUT", "/v1/paused/{who}", "kffu", {"reason": "x"}, "/v1/paused/host"),
    Route("DELETE", "/v1/paused/{who}", "kffu", filled="/v1/paused/host"),
    # Who may choose a store is told that this one can't be opened here.
    Route("POST", "/settings", "iifu", {"supabase_url": "postgresql://nowhere.invalid/x"}),
    Route("GET", "/docs", "kkku"),
    Route("GET", "/logs/server", "kkfu"),
    Route("GET", "/logs/tasks", "kkku"),
    Route("GET", "/logs/audit", "kkfu"),
    Route("POST", "/role", "kffu", {"agentId": "host", "role": "WARDEN"}),
    Route("POST", "/role", "kffu", {"agentId": "host", "role": "worker"}),
]


def cells(table: str) -> list[tuple[str, Role, str]]:
    """Take a table apart into its row, role and cell."""
    head, *lines = (line.split() for line in table.strip().splitlines())
    return [
        (row, Role(role), cell) for row, *found in lines for role, cell in zip(head[1:], found, strict=True)
    ]


def codes(cell: str) -> dict[Standing, str]:
    """Return what each standing is answered."""
    return {standing: CODES[letter] for standing, letter in zip(STANDINGS, cell, strict=True)}


@pytest.fixture
async def doors(stage: Stage) -> Doors:
    return await open_doors(stage)


def routes_of(doors: Doors) -> set[tuple[str, str]]:
    """Return every method and path that the API answers."""
    contexts = list(iter_route_contexts(doors.api.routes))
    return {(method, str(each.path)) for each in contexts for method in each.methods or ()}


def test_every_event_stands_in_the_table() -> None:
    assert {event for event, _, _ in cells(EVENTS)} == set(CLIENT_EVENTS) == set(BODIES)


async def test_every_route_stands_in_the_table(doors: Doors) -> None:
    told = {(route.method, route.path) for route in ROUTES}
    in_rooms = {tuple(route.split("_", 1)) for route, _, _ in cells(ROOM_ROUTES)}

    assert told | in_rooms == routes_of(doors)
    assert {route for route, _, _ in cells(ROOM_ROUTES)} == set(ROOM_BODIES)


@pytest.mark.parametrize(("event", "role", "cell"), cells(EVENTS))
async def test_event_is_answered_as_the_table_says(doors: Doors, event: str, role: Role, cell: str) -> None:
    answers = {}
    for standing in STANDINGS:
        scene = await doors.scene(role, standing)
        actor = doors.stage.actor(scene.me)
        answers[standing] = await doors.socket(actor, event, BODIES[event](scene), link=scene.reader.id)

    assert {standing: outcome_of(answer) for standing, answer in answers.items()} == codes(cell)


@pytest.mark.parametrize(("route", "role", "cell"), cells(ROOM_ROUTES))
async def test_route_of_a_room_is_answered_as_the_table_says(
    doors: Doors, route: str, role: Role, cell: str
) -> None:
    method = route.partition("_")[0]
    answers = {}
    for standing in STANDINGS:
        scene = await doors.scene(role, standing)
        url = url_of(route, scene)
        answers[standing] = await doors.rest(method, url, ROOM_BODIES[route](scene), token=scene.token)

    assert {each: outcome_of_response(answer) for each, answer in answers.items()} == codes(cell)


@pytest.mark.parametrize("route", ROUTES, ids=str)
async def test_route_is_answered_as_the_table_says(doors: Doors, route: Route) -> None:
    answers = []
    for role in (*Role, None):
        stage = doors.stage
        call = await Call.of(doors, route, role or Role.WORKER)
        answers.append(
            await doors.rest(route.method, call.url, call.body, token=call.token if role else None)
        )
        assert stage.core.base.journal.is_writable

    assert [outcome_of_response(answer) for answer in answers] == [CODES[letter] for letter in route.answers]


@pytest.mark.parametrize("token", ["", "x", "clw_0_0", "clw_operator_wrong"])
async def test_token_that_is_not_valid_opens_nothing(doors: Doors, token: str) -> None:
    guarded = [route for route in ROUTES if route.answers[3] == "u"]
    calls = [await Call.of(doors, route, Role.MASTER) for route in guarded]

    answers = [
        await doors.rest(route.method, call.url, call.body, token=token)
        for route, call in zip(guarded, calls, strict=True)
    ]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(401, "unauthenticated")}
    # The reference page, which a browser opens, offers one way more.
    assert {answer.headers.get_list("www-authenticate")[0] for answer in answers} == {"Bearer"}


async def test_connection_that_was_not_let_in_is_not_answered(doors: Doors) -> None:
    scene = await doors.scene(Role.MASTER, Standing.OWNER)
    before = await doors.stage.records()

    answers = [await doors.ask("nobody", event, BODIES[event](scene)) for event in CLIENT_EVENTS]

    assert answers == [None] * len(CLIENT_EVENTS)
    assert await doors.stage.records() == before


@dataclass(frozen=True, slots=True)
class Call:
    """A call as somebody of some role makes it."""

    url: str
    body: dict[str, Any] | None
    token: str

    @staticmethod
    async def of(doors: Doors, route: Route, role: Role) -> "Call":
        """Enrol somebody of this role, and fill in whom and what the route names."""
        people = doors.core.people
        count = len(people.identity.ids())
        mine = await people.credentials.enrol(doors.stage.operator, agent_id=f"me-{count}", role=role)
        theirs = await people.credentials.enrol(doors.stage.operator, agent_id=f"other-{count}")
        application, secret = people.admission.apply_for(f"late-{count}", None, f"192.0.2.{count}")
        names = {
            "me": mine.agent.id,
            "my_token": mine.token.id,
            "host_token": theirs.token.id,
            "application": application.id,
        }
        named = {"$me": mine.agent.id, "$secret": secret}
        body = (
            {key: named.get(str(value), value) for key, value in (route.body or {}).items()}
            if route.body is not None
            else None
        )
        return Call(route.url(names), _fresh(body, count), mine.text)


def _fresh(body: dict[str, Any] | None, count: int) -> dict[str, Any] | None:
    """Give what a call makes a name of its own, so that the calls of two roles do not clash."""
    made = {"new", "newcomer", "star", "applicant"}
    return body and {key: f"{value}-{count}" if str(value) in made else value for key, value in body.items()}
