"""The words of version 1: every state has one, and every word that a client may use is understood."""

import pytest

from protocol.errors import InvalidRequest
from protocol.roles import Role
from protocol.tasks import Task, TaskState
from protocol.v1 import (
    ENDINGS,
    RISKY_WORDS,
    STATES,
    UNDER_WAY,
    claimed_role,
    cmd_of,
    ending_of,
    role_of,
    shown,
    text_command,
)

WORDS = {"PENDING", "QUEUED", "RUNNING", "AWAITING_APPROVAL", "REJECTED", "SUCCESS", "FAIL"}


def a_task(command: str = "ask", *args: str, **fields: object) -> Task:
    given = {
        "id": "t1",
        "room": "global",
        "command": command,
        "args": list(args),
        "to": "ann",
        "requested_by": "bob",
        "state": TaskState.RUNNING,
        "created_at": "2026-01-01T00:00:00.000Z",
    }
    return Task.model_validate(given | fields)


def test_every_state_has_a_word_of_version_1_and_every_word_a_state() -> None:
    assert set(STATES) == set(TaskState)
    assert set(STATES.values()) == WORDS


def test_state_that_is_final_is_final_to_version_1() -> None:
    final = {"SUCCESS", "FAIL", "REJECTED"}

    assert {state for state, word in STATES.items() if word in final} == {
        state for state in TaskState if state.is_terminal
    }


@pytest.mark.parametrize("word", sorted(ENDINGS))
def test_ending_is_understood_in_any_case(word: str) -> None:
    endings = {ending_of(word), ending_of(word.lower()), ending_of(f" {word.title()} ")}

    (ending,) = endings
    assert ending is not None
    assert TaskState(ending).is_terminal


@pytest.mark.parametrize("word", sorted(UNDER_WAY))
def test_word_of_a_running_task_is_no_ending(word: str) -> None:
    assert ending_of(word.lower()) is None


@pytest.mark.parametrize("word", ["", "UNKNOWN", "42"])
def test_word_that_is_no_state_is_refused(word: str) -> None:
    with pytest.raises(InvalidRequest):
        ending_of(word)


@pytest.mark.parametrize("word", ["master", "MASTER", " Master "])
def test_role_is_understood_in_any_case(word: str) -> None:
    assert role_of(word) is Role.MASTER


def test_role_that_is_none_is_refused_when_given_and_a_worker_when_claimed() -> None:
    with pytest.raises(InvalidRequest):
        role_of("scout")

    assert [claimed_role(word) for word in ("scout", "WARDEN", "", None)] == [
        Role.WORKER,
        Role.WARDEN,
        None,
        None,
    ]


@pytest.mark.parametrize("text", ["echo hello", "/exec ls -l", "what is new?"])
def test_text_is_told_to_an_agent_as_it_was_written(text: str) -> None:
    assert text_command(text) == "ask"
    assert cmd_of(a_task(text_command(text), text)) == text


@pytest.mark.parametrize("word", RISKY_WORDS)
def test_text_with_a_word_that_the_old_relay_held_back_is_risky(word: str) -> None:
    assert text_command(f"/exec sudo {word.upper()} now") == "do"


def test_known_command_is_told_as_it_is_typed() -> None:
    assert cmd_of(a_task("sessions", "3")) == "/sessions 3"


def test_task_is_shown_with_its_result_or_with_why_there_is_none() -> None:
    done = shown(a_task("ask", "hi", state=TaskState.SUCCEEDED, output="hello", group_id="g"))
    lost = shown(a_task("ask", "hi", state=TaskState.LOST, reason="fell silent"))

    assert (done["status"], done["result"], done["trace_id"], done["cmd"]) == ("SUCCESS", "hello", "g", "hi")
    assert (lost["status"], lost["result"], lost["trace_id"]) == ("FAIL", "fell silent", "t1")
