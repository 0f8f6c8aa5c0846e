"""Behaviour of protocol.pushes: what the relay says unasked."""

import pytest
from pydantic import ValidationError

from protocol.addressing import RoomKind
from protocol.pushes import ChatGap, Closing, Identity, Limits, ServerInfo, Welcome
from protocol.roles import Role
from protocol.rooms import RoomProgress

WELCOME = Welcome(
    server=ServerInfo(version="4.0.0", time="2026-01-02T03:04:05.678Z", epoch="e1"),
    session="s1",
    agent=Identity(id="bob", handle="bobby", role=Role.WORKER),
    rooms=[
        RoomProgress(
            id="global", kind=RoomKind.GLOBAL, title="Global", head=9, oldest=1, cursor=4, recovered=True
        )
    ],
    limits=Limits(max_text=1, max_payload=2, send_rate=3, window=4, ack_timeout=5, heartbeat=6),
)
# What protocol.md fixes; a change here breaks clients.
FIELDS = {
    "protocol": None,
    "server": ["version", "time", "epoch"],
    "session": None,
    "agent": ["id", "handle", "role"],
    "rooms": ["id", "kind", "title", "head", "oldest", "cursor", "recovered"],
    "limits": ["max_text", "max_payload", "send_rate", "window", "ack_timeout", "heartbeat"],
}


def test_welcome_has_the_fields_of_the_contract() -> None:
    sent = WELCOME.model_dump(mode="json")

    assert list(sent) == list(FIELDS)
    assert {key: list(sent[key]) for key in ("server", "agent", "limits")} == {
        key: FIELDS[key] for key in ("server", "agent", "limits")
    }
    assert list(sent["rooms"][0]) == FIELDS["rooms"]


def test_welcome_survives_the_wire_and_speaks_version_two() -> None:
    assert Welcome.model_validate_json(WELCOME.model_dump_json()) == WELCOME
    assert WELCOME.protocol == 2


def test_gap_says_from_on_the_wire() -> None:
    gap = ChatGap(room="global", since=3, oldest=9)

    assert gap.model_dump(mode="json") == {"room": "global", "from": 3, "oldest": 9}
    assert ChatGap.model_validate_json(gap.model_dump_json()) == gap


@pytest.mark.parametrize("since", [-1, 2**53 + 1, "x"])
def test_gap_lies_within_the_range_of_offsets(since: int) -> None:
    with pytest.raises(ValidationError):
        ChatGap(room="global", since=since, oldest=9)


def test_closing_invites_to_come_back_unless_it_says_otherwise() -> None:
    assert Closing(code="unavailable", message="restart").retryable
