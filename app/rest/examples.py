"""Examples of what is sent and answered, by the name of the schema; and what follows from an answer."""

from typing import Any

_AT = "2026-01-01T12:00:00.000Z"
_ANN = {"id": "ann", "handle": "ann", "role": "worker", "created_at": _AT}
_ROOM = {
    "id": "alpha",
    "kind": "room",
    "title": "alpha",
    "topic": "tides",
    "visibility": "public",
    "owner": "ann",
    "members": ["ann", "bob"],
    "archived": False,
    "created_at": _AT,
    "head": 12,
    "oldest": 1,
}
_MESSAGE = {
    "id": "m-1",
    "room": "alpha",
    "ts": _AT,
    "from_id": "ann",
    "from_handle": "ann",
    "to_type": "room",
    "to_id": "alpha",
    "payload": {"kind": "text", "text": "high tide at six", "reply_to": None, "mentions": []},
    "dedupe_key": "m-1",
    "offset": 12,
    "replay": False,
}
_TOKEN_WORDS = "clw_4f1d_the-secret-part"  # noqa: S105 - an example

EXAMPLES: dict[str, Any] = {
    "NewMessage": {"to_type": "room", "to_id": "alpha", "text": "high tide at six", "id": "m-1"},
    "Sent": {
        "id": "m-1",
        "room": "alpha",
        "offset": 12,
        "ts": _AT,
        "duplicate": False,
        "unreachable": [],
        "task_ids": [],
        "unknown": [],
        "notice": None,
        "durability": "disk",
    },
    "Message": _MESSAGE,
    "NewRoom": {"id": "alpha", "topic": "tides", "visibility": "public", "members": ["bob"]},
    "RoomChanges": {"topic": "tides and winds"},
    "Room": _ROOM,
    "Guest": {"agent_id": "bob"},
    "Invitation": {"agent_id": "bob"},
    "HistoryPage": {"items": [_MESSAGE], "head": 12, "oldest": 1, "epoch": "9f2c4e", "more": True},
    "Events": {
        "items": [{"event": "chat_message", "data": _MESSAGE}],
        "next": "AQY5ZjJjNGU",
        "recovered": True,
        "epoch": "9f2c4e",
    },
    "Receipt": {"cursor": "AQY5ZjJjNGU"},
    "NewAgent": {"agent_id": "ann", "handle": "ann", "role": "worker"},
    "Enrolled": {"agent": _ANN | {"status": "offline"}, "token": _TOKEN_WORDS},
    "AgentCard": _ANN | {"status": "online"},
    "NewRole": {"role": "warden"},
    "NewHandle": {"agent_id": "ann", "handle": "annie"},
    "PresenceSet": {"status": "idle", "note": "back at six"},
    "NewToken": {"agent_id": "ann", "lifetime": 86400.0},
    "Rotation": {"overlap": 600.0},
    "NewJoin": {"agent_id": "carl", "handle": "carl"},
    "Collection": {"secret": "the-secret-of-the-application"},
    "Admission": {"role": "worker"},
    "NewTask": {"to": ["ann", "@online"], "command": "status", "args": [], "room": "alpha", "timeout": 60.0},
    "Reason": {"reason": "not needed any more"},
    "Taken": {"lease": "t-1.1"},
    "Progress": {"lease": "t-1.1", "text": "half of it", "percent": 50.0},
    "Result": {"lease": "t-1.1", "state": "succeeded", "output": "done", "exit_code": 0, "truncated": False},
    "SavedLine": {"line": "/status @all"},
    "Pausing": {"reason": "runs in circles"},
    "Changes": {"loop_limit": 50, "deny_commands": ["/exec *"]},
    "NewStore": {"url": "sqlite:data/clawnet.db", "test": True},
    "Purge": {"older_than_days": 30.0},
    "OldMessages": {"messages": [{"from": "ann", "to": "all", "msg": "hello", "ts": _AT}]},
}


PARAMETERS = {"room_id": "alpha", "agent_id": "ann", "handle": "ann", "who": "ann", "q": "tide"}


def _to(operation: str, **places: str) -> dict[str, Any]:
    """Link an operation; a parameter's value stands at a place in the answer's body."""
    parameters = {name: f"$response.body#/{place}" for name, place in places.items()}
    return {"operationId": operation, "parameters": parameters}


_TOKEN = {"token_id": "token/id"}

# By operation: what can be done with what it answers.
LINKS: dict[str, dict[str, Any]] = {
    "messages_send": {
        "message": _to("messages_get", room_id="room", message_id="id"),
        "deletion": _to("messages_delete", room_id="room", message_id="id"),
        "room": _to("rooms_get", room_id="room"),
    },
    "rooms_create": {
        "room": _to("rooms_get", room_id="id"),
        "change": _to("rooms_change", room_id="id"),
        "history": _to("rooms_history", room_id="id"),
        "members": _to("members_members", room_id="id"),
        "invitation": _to("members_invite", room_id="id"),
        "deletion": _to("rooms_delete", room_id="id"),
    },
    "events_listen": {"next": _to("events_listen", after="next")},
    "agents_create": {
        "agent": _to("agents_get", agent_id="agent/id"),
        "role": _to("agents_change", agent_id="agent/id"),
        "handles": _to("agents_handles", agent_id="agent/id"),
    },
    "tokens_create": {
        "rotation": _to("tokens_rotate", **_TOKEN),
        "revocation": _to("tokens_revoke", **_TOKEN),
    },
    "joins_ask": {
        "admission": _to("joins_admit", application_id="application/id"),
        "denial": _to("joins_deny", application_id="application/id"),
    },
    "tasks_dispatch": {
        "task": _to("tasks_get", task_id="tasks/0/id"),
        "output": _to("reports_output", task_id="tasks/0/id"),
        "cancellation": _to("tasks_cancel", task_id="tasks/0/id"),
    },
}
