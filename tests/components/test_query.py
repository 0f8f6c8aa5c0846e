"""The query bar: every part must fit, alternatives are enough, and what is half typed takes nothing away."""

from datetime import UTC, datetime

import pytest

from components.query import MAX_QUERY, Query
from components.state import ConsoleState
from protocol.tasks import Task
from tests.components.test_known_tasks import a_task
from tests.components.test_pictures import an_agent

NOW = datetime(2026, 1, 1, 1, 0, tzinfo=UTC)
TASKS = (
    a_task(1, "running", command="exec", args=["make", "smoke"]),
    a_task(2, "failed", to="bob", created_at="2026-01-01T00:58:00.000Z"),
    a_task(3, "needs_approval", room="blue", requested_by="ann"),
    a_task(4, "lost", to="Bob-2", command="do"),
)


@pytest.fixture
def state() -> ConsoleState:
    agents = [an_agent("operator"), an_agent("ann"), an_agent("bob").model_copy(update={"handle": "robert"})]
    return ConsoleState.snapshot("operator", lambda _: True, rooms=[], agents=agents, presence=[])


def found(text: str, state: ConsoleState, tasks: tuple[Task, ...] = TASKS) -> list[str]:
    query = Query.of(text)
    return [task.id for task in tasks if query.passes(task, state, NOW)]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", ["t1", "t2", "t3", "t4"]),
        ("status:failed", ["t2", "t4"]),
        ("status:lost,waiting", ["t3", "t4"]),
        ("agent:@robert", ["t2"]),
        ("AGENT:bob-2", ["t4"]),
        ("room:#blue", ["t3"]),
        ("by:me", ["t1", "t2", "t4"]),
        ("by:ann", ["t3"]),
        ("cmd:/ex", ["t1"]),
        ("since:10m", ["t2"]),
        ("since:1d status:failed agent:bob", ["t2"]),
        ('"make smoke"', ["t1"]),
        ("Smoke make", ["t1"]),
        ("robert", ["t2"]),
    ],
)
def test_every_part_must_fit(state: ConsoleState, text: str, ids: list[str]) -> None:
    assert found(text, state) == ids


@pytest.mark.parametrize("text", ["since:", "since:1", '"status', "nonsense:x", "status:"])
def test_what_is_half_typed_is_read_without_a_fault(state: ConsoleState, text: str) -> None:
    assert isinstance(found(text, state), list)


def test_a_span_that_is_not_finished_takes_nothing_away(state: ConsoleState) -> None:
    assert len(found("since:1", state)) == len(TASKS)


def test_a_query_is_read_up_to_a_length(state: ConsoleState) -> None:
    assert found(" " * MAX_QUERY + "status:failed", state) == ["t1", "t2", "t3", "t4"]
