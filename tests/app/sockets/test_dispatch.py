"""The dispatcher: every event of the table is served, and every one gets an answer."""

import logging
from typing import Any, cast

import pytest
from pydantic import BaseModel

from app.actor import Actor, Via
from app.services.limits import LimitsService, Rate
from app.sockets.dialects import Dialect
from app.sockets.dispatch import Dispatcher, Handler, SecondAcks
from app.sockets.handlers import Handlers
from app.sockets.packets import Incoming
from app.sockets.sessions import Session
from protocol.acks import Answer, Done
from protocol.errors import NotFound, TooLarge
from protocol.events import CLIENT_EVENTS, Budget
from protocol.requests import Request
from protocol.roles import EVERYONE, Role
from tests.fakes import FakeClock, FakeWire, Stage

NO_DIALECT = cast("Dialect", None)  # nobody here asks for it


class Recorder:
    """A handler that keeps what it was given, or fails as it is told."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.failure: Exception | None = None

    async def __call__(self, _: Session, request: Request) -> Answer:
        self.requests.append(request)
        if self.failure is not None:
            raise self.failure
        return Done()


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def dispatcher(recorder: Recorder, clock: FakeClock, stage: Stage) -> Dispatcher:
    handlers: dict[str, Handler] = dict.fromkeys(CLIENT_EVENTS, recorder)
    limits = LimitsService(clock=clock, rates=dict.fromkeys(Budget, Rate(1, 2)))
    return Dispatcher(handlers=handlers, limits=limits, audit=stage.core.base.audit, acks=SecondAcks(clock))


def session_of(role: Role = Role.WORKER) -> Session:
    return Session("link", Actor("ann", "ann", role, Via.SOCKET), FakeWire(), NO_DIALECT)


async def ask(dispatcher: Dispatcher, name: Any, *args: Any, role: Role = Role.WORKER) -> dict[str, Any]:
    return await dispatcher.answer(session_of(role), Incoming(name, args, wants_ack=True))


def test_relay_has_a_handler_for_every_event_of_the_table(stage: Stage) -> None:
    core = stage.core
    handlers = Handlers(
        compose=core.compose,
        chat=core.chat,
        rooms=core.rooms,
        identity=core.people.identity,
        presence=core.people.presence,
        delivery=core.readers.delivery,
        work=core.coordination,
    )

    assert handlers.table().keys() == CLIENT_EVENTS.keys()


@pytest.mark.parametrize("difference", [{"chat_send"}, {"chat_send", "task_deny"}])
def test_relay_without_a_handler_does_not_start(
    recorder: Recorder, clock: FakeClock, stage: Stage, difference: set[str]
) -> None:
    handlers: dict[str, Handler] = dict.fromkeys(CLIENT_EVENTS.keys() - difference, recorder)

    with pytest.raises(ValueError, match="chat_send"):
        Dispatcher(
            handlers=handlers,
            limits=LimitsService(clock=clock, rates={}),
            audit=stage.core.base.audit,
            acks=SecondAcks(clock),
        )


def test_relay_with_a_handler_too_many_does_not_start(
    recorder: Recorder, clock: FakeClock, stage: Stage
) -> None:
    handlers: dict[str, Handler] = dict.fromkeys([*CLIENT_EVENTS, "chat_sned"], recorder)

    with pytest.raises(ValueError, match="chat_sned"):
        Dispatcher(
            handlers=handlers,
            limits=LimitsService(clock=clock, rates={}),
            audit=stage.core.base.audit,
            acks=SecondAcks(clock),
        )


async def test_event_reaches_its_handler_as_its_request(dispatcher: Dispatcher, recorder: Recorder) -> None:
    answer = await ask(dispatcher, "chat_ack", {"room": "global", "offset": 3})

    assert answer == {"ok": True, "server_time": "2026-01-01T00:00:00.000Z"}
    (request,) = recorder.requests
    assert isinstance(request, BaseModel)
    assert request.model_dump() == {"room": "global", "offset": 3}


async def test_event_without_a_body_has_an_empty_one(dispatcher: Dispatcher) -> None:
    assert (await ask(dispatcher, "room_list"))["ok"]


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("nothing", ({},)),
        ("connect", ({},)),
        ("", ({},)),
        (None, ({},)),
        (7, ({},)),
        ({}, ({},)),
        (["chat_ack"], ({},)),
        ("room_list", ({}, {})),
        ("chat_ack", ()),
        ("chat_ack", (None,)),
        ("chat_ack", ("text",)),
        ("chat_ack", ([],)),
        ("chat_ack", ({"room": "global"},)),
        ("chat_ack", ({"room": "global", "offset": "3"},)),
        ("chat_ack", ({"room": "global", "offset": -1},)),
        ("chat_ack", ({"room": "global", "offset": 3, "more": 1},)),
    ],
)
async def test_wrong_event_is_refused_and_reaches_no_handler(
    dispatcher: Dispatcher, recorder: Recorder, name: Any, args: tuple[Any, ...]
) -> None:
    answer = await ask(dispatcher, name, *args)

    assert answer["ok"] is False
    assert answer["error"]["code"] == "invalid_request"
    assert answer["error"]["retryable"] is False
    assert recorder.requests == []


async def test_refusal_names_the_field_and_repeats_nothing(dispatcher: Dispatcher) -> None:
    answer = await ask(dispatcher, "chat_ack", {"room": "global", "offset": "canary"})

    assert answer["error"]["field"] == "offset"
    assert "canary" not in str(answer)


async def test_what_the_packet_was_refused_for_is_the_answer(dispatcher: Dispatcher) -> None:
    incoming = Incoming(refusal=TooLarge("too much"))

    answer = await dispatcher.answer(session_of(), incoming)

    assert answer["error"] == {"code": "too_large", "message": "too much", "retryable": False}


@pytest.mark.parametrize("name", [name for name, event in CLIENT_EVENTS.items() if event.roles != EVERYONE])
@pytest.mark.parametrize("role", list(Role))
async def test_event_is_for_the_roles_of_the_table_only(
    dispatcher: Dispatcher, recorder: Recorder, name: str, role: Role
) -> None:
    answer = await ask(dispatcher, name, {"task_id": "t"}, role=role)

    assert answer["ok"] is (role in CLIENT_EVENTS[name].roles)
    assert len(recorder.requests) == int(role in CLIENT_EVENTS[name].roles)


async def test_agent_over_its_limit_is_told_when_to_come_back(dispatcher: Dispatcher) -> None:
    for _ in range(2):
        await ask(dispatcher, "chat_ack", {"room": "global", "offset": 3})

    answer = await ask(dispatcher, "chat_ack", {"room": "global", "offset": 3})

    assert answer["error"]["code"] == "rate_limited"
    assert answer["error"]["retryable"] is True
    assert answer["error"]["retry_after"] == 1.0


async def test_malformed_bodies_count_against_the_limit_too(dispatcher: Dispatcher) -> None:
    for _ in range(2):
        await ask(dispatcher, "chat_ack", {})

    assert (await ask(dispatcher, "chat_ack", {}))["error"]["code"] == "rate_limited"


async def test_refusal_of_a_service_is_the_answer(dispatcher: Dispatcher, recorder: Recorder) -> None:
    recorder.failure = NotFound("no such room", field="room")

    answer = await ask(dispatcher, "chat_ack", {"room": "nowhere", "offset": 3})

    assert answer == {
        "ok": False,
        "error": {"code": "not_found", "message": "no such room", "retryable": False, "field": "room"},
        "server_time": "2026-01-01T00:00:00.000Z",
    }


@pytest.mark.parametrize("failure", [ValueError("canary"), KeyError("canary"), RecursionError("canary")])
async def test_bug_is_logged_and_nothing_of_it_is_shown(
    dispatcher: Dispatcher, recorder: Recorder, failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    recorder.failure = failure

    with caplog.at_level(logging.ERROR):
        answer = await ask(dispatcher, "chat_ack", {"room": "global", "offset": 3})

    assert answer["error"]["code"] == "internal"
    assert answer["error"]["retryable"] is True
    assert "canary" not in str(answer)
    (record,) = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[1] is failure
    assert vars(record)["request"] == "chat_ack"
