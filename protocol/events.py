"""The table of events: what can be said, by whom, and what answers it. PROTOCOL_v2.md is made from it."""

from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel

from protocol import acks, pushes, requests
from protocol.acks import Answer
from protocol.messages import Message
from protocol.requests import Request
from protocol.roles import EVERYONE, MASTERS, Role


class Budget(StrEnum):
    """Which limit a request draws on; catching up after a cut must not starve on chat's."""

    CHAT = "chat"
    CATCH_UP = "catch_up"
    SIGNAL = "signal"
    CONTROL = "control"
    MISTAKE = "mistake"


@dataclass(frozen=True, slots=True)
class ClientEvent:
    """A request over the socket: its model, what its ack adds, and who may make it."""

    name: str
    request: type[Request]
    answer: type[Answer]
    budget: Budget
    does: str
    roles: frozenset[Role] = EVERYONE


@dataclass(frozen=True, slots=True)
class RelayEvent:
    """A push over the socket; only kept ones are sent again."""

    name: str
    body: type[BaseModel]
    kept: bool
    does: str


_CLIENT = (
    ClientEvent("chat_send", requests.ChatSend, acks.Sent, Budget.CHAT, "say something"),
    ClientEvent("chat_ack", requests.ChatAck, acks.Done, Budget.CATCH_UP, "move my cursor; cumulative"),
    ClientEvent("chat_history", requests.ChatHistory, acks.History, Budget.CATCH_UP, "read one page"),
    ClientEvent(
        "chat_delete", requests.ChatDelete, acks.Deleted, Budget.CHAT, "redact a message of mine; masters any"
    ),
    ClientEvent("chat_typing", requests.ChatTyping, acks.Done, Budget.SIGNAL, "show that I write"),
    ClientEvent("room_create", requests.RoomCreate, acks.RoomAnswer, Budget.CONTROL, "make a room"),
    ClientEvent(
        "room_join",
        requests.RoomJoin,
        acks.RoomAnswer,
        Budget.CONTROL,
        "enter a public room, or one I am invited to",
    ),
    ClientEvent("room_leave", requests.RoomLeave, acks.RoomAnswer, Budget.CONTROL, "leave a room"),
    ClientEvent("room_invite", requests.RoomInvite, acks.RoomAnswer, Budget.CONTROL, "let an agent in"),
    ClientEvent(
        "room_kick", requests.RoomKick, acks.RoomAnswer, Budget.CONTROL, "put an agent out (owner, master)"
    ),
    ClientEvent(
        "room_update",
        requests.RoomUpdate,
        acks.RoomAnswer,
        Budget.CONTROL,
        "change topic, visibility, archive (owner, master)",
    ),
    ClientEvent(
        "room_list", requests.RoomList, acks.RoomsAnswer, Budget.CATCH_UP, "list the rooms I may see"
    ),
    ClientEvent("presence_set", requests.PresenceSet, acks.Done, Budget.SIGNAL, "say whether I am at work"),
    ClientEvent("handle_set", requests.HandleSet, acks.HandleAnswer, Budget.CONTROL, "change my handle"),
    ClientEvent("report", requests.Report, acks.Done, Budget.SIGNAL, "heartbeat and telemetry"),
    ClientEvent(
        "task_dispatch", requests.TaskDispatch, acks.Dispatched, Budget.CONTROL, "ask agents to run a command"
    ),
    ClientEvent("task_ack", requests.TaskAck, acks.Done, Budget.CATCH_UP, "I took the task"),
    ClientEvent("task_progress", requests.TaskProgress, acks.Done, Budget.SIGNAL, "how far it is"),
    ClientEvent("task_result", requests.TaskResult, acks.ResultTaken, Budget.CATCH_UP, "how it ended"),
    ClientEvent("task_cancel", requests.TaskCancel, acks.TaskAnswer, Budget.CONTROL, "ask to stop a task"),
    ClientEvent(
        "task_approve",
        requests.TaskApprove,
        acks.TaskAnswer,
        Budget.CONTROL,
        "let a risky command run",
        MASTERS,
    ),
    ClientEvent(
        "task_deny", requests.TaskDeny, acks.TaskAnswer, Budget.CONTROL, "refuse a risky command", MASTERS
    ),
    ClientEvent(
        "commands_list", requests.CommandsList, acks.Commands, Budget.CATCH_UP, "list slash commands"
    ),
)

_RELAY = (
    RelayEvent("welcome", pushes.Welcome, kept=False, does="first event of a connection"),
    RelayEvent("chat_message", Message, kept=True, does="an entry of a room's log"),
    RelayEvent("chat_gap", pushes.ChatGap, kept=False, does="history that is gone"),
    RelayEvent(
        "presence_update", pushes.PresenceUpdate, kept=False, does="an agent came, went or fell silent"
    ),
    RelayEvent("typing_update", pushes.TypingUpdate, kept=False, does="somebody writes"),
    RelayEvent("room_update", pushes.RoomUpdated, kept=False, does="a room changed"),
    RelayEvent("task_dispatch", pushes.TaskDispatched, kept=True, does="an order, from the assignee's inbox"),
    RelayEvent("task_cancel", pushes.TaskCancelled, kept=False, does="stop this task"),
    RelayEvent("task_update", pushes.TaskUpdated, kept=False, does="a task moved on"),
    RelayEvent("error", pushes.Closing, kept=False, does="why the relay closes the connection"),
)

CLIENT_EVENTS: dict[str, ClientEvent] = {event.name: event for event in _CLIENT}
RELAY_EVENTS: dict[str, RelayEvent] = {event.name: event for event in _RELAY}
