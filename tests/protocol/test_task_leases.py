"""Tasks on the wire: the line that a task stands for, its lease, and the order that carries it."""

import pytest
from pydantic import TypeAdapter, ValidationError

from protocol.errors import LoopGuard, Paused, error_of
from protocol.payloads import AnyPayload, OrderPayload
from protocol.tasks import Task, TaskState


def a_task(**changes: object) -> Task:
    fields = {"id": "t1", "room": "global", "command": "ask", "args": ["how are", "you"], "to": "bob"}
    rest = {"requested_by": "ann", "state": TaskState.DISPATCHED, "created_at": "2026-01-01T00:00:00.000Z"}
    return Task.model_validate(fields | rest | changes)


def test_line_is_the_command_as_it_would_be_typed() -> None:
    assert a_task().line == "/ask how are you"
    assert a_task(args=[]).line == "/ask"


def test_every_attempt_has_a_lease_of_its_own_and_none_before_the_first() -> None:
    leases = [a_task(attempt=attempt).lease for attempt in range(4)]

    assert leases[0] == ""
    assert len(set(leases)) == 4
    assert a_task(id="t2", attempt=1).lease != a_task(attempt=1).lease


def test_order_is_a_payload_that_survives_the_wire() -> None:
    order = OrderPayload(task=a_task(attempt=1), lease="t1.1")
    adapter: TypeAdapter[AnyPayload] = TypeAdapter(AnyPayload)

    assert adapter.validate_json(adapter.dump_json(order)) == order
    with pytest.raises(ValidationError):
        adapter.validate_python({"kind": "order", "task": {}, "lease": "x"})


@pytest.mark.parametrize(("error", "status"), [(LoopGuard("stop"), 409), (Paused("stop"), 403)])
def test_brakes_have_codes_of_their_own_and_are_not_retried(error: LoopGuard | Paused, status: int) -> None:
    back = error_of(error.body())

    assert type(back) is type(error)
    assert (error.status, error.retryable) == (status, False)
