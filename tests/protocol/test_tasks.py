"""Behaviour of protocol.tasks: states and bounds of a task."""

from typing import get_args

import pytest
from pydantic import ValidationError

from protocol.requests import TaskResult
from protocol.tasks import MAX_OUTPUT, TERMINAL, Task, TaskState

TASK = Task(
    id="t1",
    room="global",
    command="uptime",
    to="bob",
    requested_by="ada",
    state=TaskState.QUEUED,
    created_at="2026-01-02T03:04:05.678Z",
)


@pytest.mark.parametrize("state", TaskState)
def test_state_knows_whether_anything_can_follow(state: TaskState) -> None:
    assert state.is_terminal == (state in TERMINAL)


def test_states_that_go_on_are_those_between_request_and_result() -> None:
    assert set(TaskState) - TERMINAL == {"queued", "needs_approval", "dispatched", "running", "cancelling"}


def test_every_state_that_an_agent_may_report_is_terminal() -> None:
    reported = get_args(TaskResult.model_fields["state"].annotation)

    assert {TaskState(state) for state in reported} <= TERMINAL


def test_task_survives_the_wire() -> None:
    assert Task.model_validate_json(TASK.model_dump_json()) == TASK


@pytest.mark.parametrize(
    "change",
    [
        {"command": "a\0"},
        {"command": "c" * 257},
        {"args": ["a"] * 65},
        {"args": ["\ud800"]},
        {"risk": 3},
        {"attempt": -1},
        {"timeout": 0},
        {"timeout": float("nan")},
        {"timeout": float("inf")},
        {"percent": float("nan")},
        {"percent": 101},
        {"output": "o" * (MAX_OUTPUT + 1)},
        {"state": "SUCCESS"},
        {"to": "@all"},
        {"shell": True},
    ],
    ids=lambda change: repr(change)[:24],
)
def test_task_that_can_not_be_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Task.model_validate(TASK.model_dump() | change)
