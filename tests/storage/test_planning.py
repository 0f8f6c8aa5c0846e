"""A plan decides on what is known, and changes nothing of it until it is merged."""

import pytest

from protocol.agents import Agent
from protocol.audit import AuditEntry
from protocol.errors import Conflict
from protocol.roles import Role
from storage.planning import Appended, Ledger, Plan, keys_of, page_range
from storage.ports import (
    AppendAudit,
    Bounds,
    CreateAgent,
    CreateRoom,
    DeleteRoom,
    MoveCursor,
    Op,
    Place,
    Receipt,
    SaveAgent,
)
from tests.fakes import a_room, an_append


def an_agent(agent_id: str, handle: str) -> Agent:
    return Agent(id=agent_id, handle=handle, role=Role.WORKER, created_at="2026")


def an_entry() -> AuditEntry:
    return AuditEntry(ts="2026", actor="ann", via="rest", action="room.create")


def test_plan_that_is_not_merged_leaves_no_trace() -> None:
    ledger = Ledger(heads={"alpha": Bounds(3, 1)})
    plan = Plan(ledger, {})

    plan.add((an_append("key"), CreateRoom(a_room("alpha")), AppendAudit(an_entry())))
    plan.add((CreateAgent(an_agent("ann", "ann")),))

    assert all(isinstance(outcome, Receipt) for outcome in plan.outcomes)
    assert ledger == Ledger(heads={"alpha": Bounds(3, 1)})


def test_merged_plan_is_what_the_next_one_works_on() -> None:
    ledger = Ledger()
    first = Plan(ledger, {})
    first.add((an_append("key"), CreateRoom(a_room("alpha")), AppendAudit(an_entry())))
    first.add((SaveAgent(an_agent("ann", "one")),))
    first.add((SaveAgent(an_agent("ann", "other")),))
    first.merge()

    assert ledger.heads == {"alpha": Bounds(1, 1)}
    assert ledger.rooms == {"alpha": True}
    assert (ledger.handles, ledger.bearers) == ({"ann": "other"}, {"other": "ann"})
    assert ledger.audit[0] == 1


def test_steps_stand_in_the_order_of_the_writes() -> None:
    plan = Plan(Ledger(), {})

    plan.add((an_append("one"), MoveCursor("ann", "alpha", 1)))
    plan.add((an_append("two"),))

    kinds = [step.message.id if isinstance(step, Appended) else type(step).__name__ for step in plan.steps]
    assert kinds == ["one", "MoveCursor", "two"]


@pytest.mark.parametrize(
    "write",
    [
        (an_append("key"), an_append("key")),
        (CreateRoom(a_room("alpha")), CreateRoom(a_room("alpha"))),
        (CreateAgent(an_agent("ann", "one")), CreateAgent(an_agent("ann", "other"))),
        (CreateAgent(an_agent("ann", "one")), SaveAgent(an_agent("bob", "one"))),
    ],
)
def test_same_thing_twice_in_one_write_is_refused_before_an_index_does(write: tuple[Op, ...]) -> None:
    plan = Plan(Ledger(), {})

    plan.add(write)

    assert isinstance(plan.outcomes[0], Conflict)
    assert plan.steps == []


def test_room_that_was_deleted_goes_on_counting_within_the_batch() -> None:
    known = {("ann", "key"): (an_append("key").fingerprint, Place("key", "alpha", 3, "2026"))}
    plan = Plan(Ledger(heads={"alpha": Bounds(3, 1)}, rooms={"alpha": True}), known)

    plan.add((DeleteRoom("alpha"),))
    plan.add((CreateRoom(a_room("alpha")), an_append("key")))

    outcome = plan.outcomes[1]
    assert isinstance(outcome, Receipt)
    assert outcome.messages[0].offset == 4
    assert plan.heads == {"alpha": Bounds(4, 4)}


def test_keys_of_a_batch_are_those_of_its_messages() -> None:
    writes = [(an_append("one"), MoveCursor("ann", "alpha", 1)), (an_append("two", sender="bob"),)]

    assert keys_of(writes) == [("ann", "one"), ("bob", "two")]


@pytest.mark.parametrize(
    ("after", "before", "expected"),
    [
        (None, None, [8, 9]),
        (0, None, [5, 6]),
        (6, None, [7, 8]),
        (9, None, []),
        (None, 6, [5]),
        (None, 5, []),
    ],
)
def test_page_stays_within_what_is_kept(after: int | None, before: int | None, expected: list[int]) -> None:
    assert list(page_range(Bounds(9, 5), after, before, 2)) == expected
