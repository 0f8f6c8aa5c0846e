"""The end of the audit chain in memory: how much of it is kept, and that it stays what it was."""

import gc
import tracemalloc

import pytest

from protocol.audit import GENESIS, AuditEntry, first_break
from protocol.roles import Role
from storage.memory import MemoryStore
from storage.memory_audit import AUDIT_RECORDS, AuditRing
from storage.ports import AppendAudit


def an_entry(n: int) -> AuditEntry:
    detail = {"n": n, "share": 0.5, "role": Role.WARDEN, "is_new": True, "before": None}
    return AuditEntry(
        ts="2026", actor="ann", via="rest", action="room.create", target="ünïcödé", detail=detail
    )


def a_ring(count: int, most: int) -> AuditRing:
    ring = AuditRing(most)
    for n in range(count):
        ring.append(an_entry(n))
    return ring


def test_ring_without_records_begins_at_genesis() -> None:
    ring = AuditRing()

    assert ring.head == (0, GENESIS)
    assert ring.page(0, None, 10) == []
    assert list(ring.records()) == []


def test_newest_records_stay_and_their_chain_holds() -> None:
    ring = a_ring(25, most=10)

    records = ring.page(0, None, 100)

    assert [record.seq for record in records] == list(range(16, 26))
    assert first_break(records, head=ring.head) is None
    assert [record.detail["n"] for record in records] == list(range(15, 25))


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ((0, None, 3), [16, 17, 18]),
        ((17, None, 2), [18, 19]),
        ((25, None, 2), []),
        ((0, 26, 2), [24, 25]),
        ((0, 99, 2), [24, 25]),
        ((0, 18, 9), [16, 17]),
        ((0, 16, 9), []),
        ((20, 24, 9), [21, 22, 23]),
    ],
)
def test_pages_of_a_chain_whose_beginning_is_gone(
    window: tuple[int, int | None, int], expected: list[int]
) -> None:
    assert [record.seq for record in a_ring(25, most=10).page(*window)] == expected


def test_what_is_kept_at_one_moment_does_not_change_with_what_comes_later() -> None:
    ring = a_ring(3, most=3)

    records = ring.records()
    ring.append(an_entry(4))

    assert [record.seq for record in records] == [1, 2, 3]


async def test_store_keeps_so_many_records_and_no_more() -> None:
    store = MemoryStore(epoch="e1")

    await store.commit([(AppendAudit(an_entry(n)),) for n in range(AUDIT_RECORDS + 5)])

    (oldest,) = await store.audit(limit=1)
    assert oldest.seq == 6
    assert (await store.audit_head())[0] == AUDIT_RECORDS + 5


def test_records_take_no_more_than_their_length() -> None:
    tracemalloc.start()
    ring = a_ring(1000, most=1000)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert size / 1000 < 2 * len(ring._lines[0])


def test_garbage_collector_has_nothing_to_walk() -> None:
    # Objects that it has to walk put its full collections off, and garbage piles up meanwhile.
    before = len(gc.get_objects())

    ring = a_ring(2000, most=1000)

    assert len(gc.get_objects()) - before < 100
    assert ring.head[0] == 2000
