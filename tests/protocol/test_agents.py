"""Behaviour of protocol.agents: who an agent is and whether it is there."""

import pytest
from pydantic import ValidationError

from protocol.agents import Agent, Presence, Status
from protocol.roles import Role

NOW = "2026-01-02T03:04:05.678Z"


def test_status_is_one_of_three_words() -> None:
    assert list(Status) == ["online", "idle", "offline"]


def test_agent_survives_the_wire() -> None:
    agent = Agent(id="bob", handle="bobby", role=Role.WORKER, created_at=NOW)

    assert Agent.model_validate_json(agent.model_dump_json()) == agent


def test_presence_of_an_agent_never_seen_has_no_last_word() -> None:
    presence = Presence(agent_id="bob", handle="bobby", role=Role.WORKER, status=Status.OFFLINE, since=NOW)

    assert (presence.last_seen, presence.note) == (None, None)


@pytest.mark.parametrize("bad", ["", "a:b", "@bob", "a" * 65, "bob\n"])
def test_id_that_could_be_taken_apart_otherwise_is_refused(bad: str) -> None:
    with pytest.raises(ValidationError):
        Agent(id=bad, handle="bobby", role=Role.WORKER, created_at=NOW)


def test_agent_can_not_be_changed_in_place() -> None:
    agent = Agent(id="bob", handle="bobby", role=Role.WORKER, created_at=NOW)

    with pytest.raises(ValidationError, match="frozen"):
        agent.role = Role.MASTER  # type: ignore[misc]
