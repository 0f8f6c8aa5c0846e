"""Behaviour of protocol.requests: nothing unknown, nothing coerced, nothing over its limit."""

import math
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from protocol.events import CLIENT_EVENTS
from protocol.requests import ChatHistory, Handshake, Report, Request

TEXT = {"kind": "text", "text": "hello"}
LEASE = {"task_id": "t1", "lease": "l1"}
GOOD: dict[str, dict[str, Any]] = {
    "chat_send": {"to_type": "dm", "to_id": "@bob", "payload": TEXT, "id": "m1", "dedupe_key": "k1"},
    "chat_ack": {"room": "global", "offset": 3},
    "chat_history": {"room": "global", "before": 9, "limit": 200},
    "chat_delete": {"room": "global", "id": "m1", "reason": "typo"},
    "chat_typing": {"to_type": "room", "to_id": "alpha", "typing": True},
    "room_create": {"room": "alpha", "topic": "t", "visibility": "private", "members": ["bob"]},
    "room_join": {"room": "alpha"},
    "room_leave": {"room": "alpha"},
    "room_invite": {"room": "alpha", "agent_id": "bob"},
    "room_kick": {"room": "alpha", "agent_id": "bob", "reason": "noise"},
    "room_update": {"room": "alpha", "topic": None, "archived": True},
    "room_list": {},
    "presence_set": {"status": "idle", "note": "lunch"},
    "handle_set": {"handle": "bob"},
    "report": {"specs": {"cpu": 4}, "cron": [], "sessions": [], "openclaw": None, "running": ["t1"]},
    "task_dispatch": {"to": ["@online"], "command": "uptime", "args": ["-p"], "timeout": 30},
    "task_ack": LEASE,
    "task_progress": LEASE | {"text": "half", "percent": 50},
    "task_result": LEASE | {"state": "failed", "output": "no", "exit_code": 2, "truncated": False},
    "task_cancel": {"task_id": "t1", "reason": "late"},
    "task_approve": {"task_id": "t1"},
    "task_deny": {"task_id": "t1", "reason": "no"},
    "commands_list": {"room": "alpha"},
}
BAD: list[tuple[str, dict[str, Any]]] = [
    ("chat_send", {"id": ""}),
    ("chat_send", {"id": "a b"}),
    ("chat_send", {"id": "m" * 129}),
    ("chat_send", {"id": 7}),
    ("chat_send", {"dedupe_key": "k\n"}),
    ("chat_send", {"to_type": "everybody"}),
    ("chat_send", {"to_id": ""}),
    ("chat_send", {"to_id": "a\0"}),
    ("chat_send", {"to_id": "\udfff"}),
    ("chat_send", {"to_id": "a" * 257}),
    ("chat_send", {"payload": {"kind": "system", "event": "x", "text": "I am the relay"}}),
    ("chat_send", {"payload": {"kind": "redaction", "target": "m1", "target_offset": 1, "reason": ""}}),
    ("chat_send", {"payload": TEXT | {"from_id": "root"}}),
    ("chat_send", {"payload": "hello"}),
    ("chat_ack", {"offset": -1}),
    ("chat_ack", {"offset": 2**53 + 1}),
    ("chat_ack", {"offset": "3"}),
    ("chat_ack", {"offset": 3.0}),
    ("chat_ack", {"offset": True}),
    ("chat_ack", {"offset": math.nan}),
    ("chat_ack", {"offset": None}),
    ("chat_ack", {"room": ""}),
    ("chat_ack", {"room": "r\0"}),
    ("chat_ack", {"room": "\ud800"}),
    ("chat_ack", {"room": "r" * 201}),
    ("chat_history", {"limit": 0}),
    ("chat_history", {"limit": 201}),
    ("chat_history", {"after": 1}),
    ("chat_history", {"around": 1}),
    ("chat_delete", {"reason": ""}),
    ("chat_typing", {"typing": 1}),
    ("chat_typing", {"typing": "yes"}),
    ("room_create", {"room": "Alpha"}),
    ("room_create", {"room": "dm:a:b"}),
    ("room_create", {"room": "alpha\n"}),
    ("room_create", {"topic": "t" * 251}),
    ("room_create", {"topic": "\0"}),
    ("room_create", {"visibility": "secret"}),
    ("room_create", {"members": ["bob"] * 257}),
    ("room_create", {"members": ["a:b"]}),
    ("room_invite", {"agent_id": "@bob"}),
    ("room_update", {"archived": "no"}),
    ("presence_set", {"status": "offline"}),
    ("handle_set", {"handle": "Bob"}),
    ("handle_set", {"handle": "bоb"}),  # noqa: RUF001
    ("report", {"specs": []}),
    ("report", {"running": [1]}),
    ("task_dispatch", {"to": []}),
    ("task_dispatch", {"to": "bob"}),
    ("task_dispatch", {"to": ["bob"] * 257}),
    ("task_dispatch", {"command": ""}),
    ("task_dispatch", {"args": ["a" * 16_001]}),
    ("task_dispatch", {"args": ["a"] * 65}),
    ("task_dispatch", {"args": ["a\0b"]}),
    ("task_dispatch", {"args": [1]}),
    ("task_dispatch", {"timeout": 0}),
    ("task_dispatch", {"timeout": math.nan}),
    ("task_dispatch", {"timeout": math.inf}),
    ("task_dispatch", {"timeout": 86_401}),
    ("task_progress", {"percent": 101}),
    ("task_progress", {"percent": math.nan}),
    ("task_progress", {"percent": "50"}),
    ("task_result", {"state": "running"}),
    ("task_result", {"state": "SUCCESS"}),
    ("task_result", {"output": "a" * (16 * 1024 + 1)}),
    ("task_result", {"output": "\ud800"}),
    ("task_result", {"exit_code": 1.5}),
    ("task_result", {"exit_code": True}),
    ("task_ack", {"lease": None}),
    ("task_cancel", {"reason": "a" * 257}),
]
EVERY_EVENT = pytest.mark.parametrize("name", CLIENT_EVENTS)
REQUIRED = [
    (event.name, field)
    for event in CLIENT_EVENTS.values()
    for field, info in event.request.model_fields.items()
    if info.is_required()
]
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


def request_of(name: str, body: object) -> Request:
    return CLIENT_EVENTS[name].request.model_validate(body)


def fields() -> list[tuple[str, str]]:
    return [(name, field) for name, body in GOOD.items() for field in body]


def test_every_event_has_its_example_here() -> None:
    assert set(GOOD) == set(CLIENT_EVENTS)


@EVERY_EVENT
def test_example_is_accepted_as_it_is(name: str) -> None:
    assert request_of(name, GOOD[name]).model_dump(exclude_unset=True) == GOOD[name]


@EVERY_EVENT
@pytest.mark.parametrize("field", ["from_id", "role"])
def test_field_that_nobody_knows_is_refused(name: str, field: str) -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        request_of(name, GOOD[name] | {field: "root"})


@EVERY_EVENT
@pytest.mark.parametrize("body", [None, [], "x", 1, math.nan])
def test_body_that_is_no_object_is_refused(name: str, body: object) -> None:
    with pytest.raises(ValidationError):
        request_of(name, body)


@pytest.mark.parametrize(("name", "field"), REQUIRED)
def test_required_field_is_missed(name: str, field: str) -> None:
    body = {key: value for key, value in GOOD[name].items() if key != field}

    with pytest.raises(ValidationError, match="missing"):
        request_of(name, body)


@pytest.mark.parametrize(("name", "change"), BAD, ids=lambda item: repr(item)[:40])
def test_bad_value_is_refused(name: str, change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        request_of(name, GOOD[name] | change)


@pytest.mark.parametrize(("name", "field"), fields())
@pytest.mark.parametrize("value", [object(), b"bytes"], ids=["object", "bytes"])
def test_no_field_takes_a_value_that_json_does_not_have(name: str, field: str, value: object) -> None:
    with pytest.raises(ValidationError):
        request_of(name, GOOD[name] | {field: value})


@given(st.sampled_from(fields()), anything)
def test_whatever_stands_in_a_field_is_taken_or_refused(place: tuple[str, str], value: object) -> None:
    name, field = place

    with suppress(ValidationError):  # anything else would reach the client as `internal`
        assert set(request_of(name, GOOD[name] | {field: value}).model_fields_set) == {*GOOD[name]}


@EVERY_EVENT
def test_request_can_not_be_changed_after_it_was_made(name: str) -> None:
    request = request_of(name, GOOD[name])

    with pytest.raises(ValidationError, match=r"frozen|no field"):
        request.room = "other"  # type: ignore[attr-defined]


def test_page_without_an_anchor_has_fifty_entries() -> None:
    assert ChatHistory(room="global").limit == 50


def test_handshake_of_an_unchanged_client_speaks_v1() -> None:
    auth = {"token": "t", "agent_id": "bob", "role": "master", "handle": "bob", "specs": {"cpu": 4}}

    handshake = Handshake.model_validate(auth)

    assert (handshake.protocol, handshake.token, handshake.specs) == (1, "t", {"cpu": 4})


def test_handshake_has_no_place_for_identity_and_role() -> None:
    assert {"agent_id", "role", "handle"} & set(Handshake.model_fields) == set()


@pytest.mark.parametrize(
    "change",
    [
        {"protocol": 3},
        {"protocol": "2"},
        {"token": "t" * 513},
        {"token": "\ud800"},
        {"token": "t\0"},
        {"token": None},
        {"specs": []},
        {"client": {"name": "x", "colour": "red"}},
        {"resume": {"offsets": {}}},
        {"resume": {"epoch": "e", "offsets": {"global": -1}}},
        {"resume": {"epoch": "e", "offsets": {"global": "3"}}},
        {"resume": {"epoch": "e", "offsets": {"": 3}}},
        {"resume": {"epoch": "e", "offsets": {"r\0": 3}}},
        {"resume": {"epoch": "e" * 257, "offsets": {}}},
    ],
    ids=lambda change: repr(change)[:50],
)
def test_bad_handshake_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Handshake.model_validate({"protocol": 2, "token": "t"} | change)


def test_report_of_nothing_is_a_heartbeat() -> None:
    assert Report.model_validate({}) == Report()
