"""Entries on the wire: an order is `task_dispatch`, everything else a message."""

from app.delivery.entries import push_of
from protocol.messages import Message
from protocol.payloads import OrderPayload, TaskPayload, TextPayload
from protocol.pushes import TaskDispatched
from protocol.tasks import Task, TaskState
from storage.building import placed
from tests.fakes import an_append

TASK = Task(
    id="t1",
    room="alpha",
    command="ping",
    to="bob",
    requested_by="ann",
    state=TaskState.DISPATCHED,
    attempt=2,
    created_at="2026-01-01T00:00:00.000Z",
)


def entry(**changes: object) -> Message:
    """Return an entry of bob's inbox."""
    message = placed(an_append("k1", room="inbox:bob").draft, 7)
    return message.model_copy(update=changes)


def test_order_is_a_dispatch_with_its_lease_and_place() -> None:
    order = entry(payload=OrderPayload(task=TASK, lease="t1.2"), replay=True)

    event, body = push_of(order)

    assert event == "task_dispatch"
    assert body == TaskDispatched(task=TASK, lease="t1.2", attempt=2, room="inbox:bob", offset=7, replay=True)


def test_anything_else_is_a_message() -> None:
    for payload in (TextPayload(text="hello"), TaskPayload(task=TASK)):
        message = entry(payload=payload)

        assert push_of(message) == ("chat_message", message)
