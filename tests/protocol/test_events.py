"""Behaviour of protocol.events: one row an event, complete and consistent."""

import re

import pytest

from protocol import acks, pushes, requests
from protocol.acks import Answer
from protocol.events import CLIENT_EVENTS, RELAY_EVENTS, Budget, ClientEvent, RelayEvent
from protocol.messages import Message
from protocol.pushes import Push
from protocol.requests import Request
from protocol.roles import EVERYONE, MASTERS

PARTS = {pushes.ServerInfo, pushes.Identity, pushes.Limits}  # of welcome
SHARED = {requests.RoomRef, requests.TaskRef, requests.TaskLease, requests.Resume, requests.ClientInfo}
# What protocol.md fixes; a change here breaks clients.
CLIENT = [
    "chat_send",
    "chat_ack",
    "chat_history",
    "chat_delete",
    "chat_typing",
    "room_create",
    "room_join",
    "room_leave",
    "room_invite",
    "room_kick",
    "room_update",
    "room_list",
    "presence_set",
    "handle_set",
    "report",
    "task_dispatch",
    "task_ack",
    "task_progress",
    "task_result",
    "task_cancel",
    "task_approve",
    "task_deny",
    "commands_list",
]
RELAY = [
    "welcome",
    "chat_message",
    "chat_gap",
    "presence_update",
    "typing_update",
    "room_update",
    "task_dispatch",
    "task_cancel",
    "task_update",
    "error",
]
EVERY_ROW = pytest.mark.parametrize(
    "event", [*CLIENT_EVENTS.values(), *RELAY_EVENTS.values()], ids=lambda event: event.name
)
EVERY_REQUEST = pytest.mark.parametrize("event", CLIENT_EVENTS.values(), ids=lambda event: event.name)


def below(root: type) -> set[type]:
    """List the classes below `root`, without those that tests make."""
    children: list[type] = type.__subclasses__(root)
    ours = {child for child in children if child.__module__.startswith("protocol.")}
    return ours.union(*(below(child) for child in ours))


def test_events_are_those_of_the_contract() -> None:
    assert list(CLIENT_EVENTS) == CLIENT
    assert list(RELAY_EVENTS) == RELAY


def test_every_request_answer_and_push_has_its_place_in_the_table() -> None:
    asked = {event.request for event in CLIENT_EVENTS.values()}
    answered = {event.answer for event in CLIENT_EVENTS.values()}
    pushed = {event.body for event in RELAY_EVENTS.values()}

    assert asked == below(Request) - SHARED
    assert answered == below(Answer) - {acks.TaskPlaced, acks.CommandInfo}
    assert pushed == below(Push) - PARTS | {Message}


@EVERY_REQUEST
def test_request_bears_the_name_of_its_event(event: ClientEvent) -> None:
    assert re.sub(r"(?<!^)(?=[A-Z])", "_", event.request.__name__).lower() == event.name


@EVERY_ROW
def test_no_event_bears_a_name_that_socket_io_keeps_for_itself(event: ClientEvent | RelayEvent) -> None:
    assert event.name not in {"connect", "connect_error", "disconnect", "disconnecting", "newListener"}


@EVERY_ROW
def test_row_says_what_it_does(event: ClientEvent | RelayEvent) -> None:
    assert event.does


def test_only_masters_settle_risky_commands() -> None:
    narrow = {event.name: event.roles for event in CLIENT_EVENTS.values() if event.roles != EVERYONE}

    assert narrow == {"task_approve": MASTERS, "task_deny": MASTERS}


def test_only_entries_of_a_log_are_kept() -> None:
    kept = [event for event in RELAY_EVENTS.values() if event.kept]

    assert [event.name for event in kept] == ["chat_message", "task_dispatch"]
    assert all({"room", "offset", "replay"} <= set(event.body.model_fields) for event in kept)


def test_catching_up_does_not_draw_on_the_budget_of_chat() -> None:
    catching_up = ("chat_ack", "chat_history", "room_list", "task_ack", "task_result")

    assert {CLIENT_EVENTS[name].budget for name in catching_up} == {Budget.CATCH_UP}
    assert CLIENT_EVENTS["chat_send"].budget is Budget.CHAT
