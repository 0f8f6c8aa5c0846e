"""What every store does with the audit trail."""

import pytest

from protocol.audit import GENESIS, AuditEntry, first_break
from storage.ports import (
    AppendAudit,
    CreateRoom,
    Store,
)
from tests.fakes import a_room
from tests.storage.contract import commit, stored


def an_entry(n: int) -> AuditEntry:
    return AuditEntry(ts="2026", actor="ann", via="rest", action=f"room.{n}", target="alpha", detail={"n": n})


async def test_audit_is_a_chain_from_genesis(store: Store) -> None:
    await store.commit([(AppendAudit(an_entry(n)),) for n in range(3)])

    records = await store.audit(limit=10)

    assert [record.seq for record in records] == [1, 2, 3]
    assert first_break(records, head=await store.audit_head()) is None
    assert records[0].prev == GENESIS


async def test_audit_without_records_begins_at_genesis(store: Store) -> None:
    assert await store.audit_head() == (0, GENESIS)
    assert await store.audit(limit=10) == []


async def test_audit_line_of_a_refused_write_is_not_kept(store: Store) -> None:
    await stored(store, CreateRoom(a_room("alpha")))

    await commit(store, AppendAudit(an_entry(1)), CreateRoom(a_room("alpha")))

    assert await store.audit(limit=10) == []


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ({}, [1, 2, 3, 4, 5]),
        ({"limit": 2}, [1, 2]),
        ({"after": 2, "limit": 2}, [3, 4]),
        ({"after": 4}, [5]),
        ({"after": 5}, []),
        ({"after": 99}, []),
        ({"before": 6, "limit": 2}, [4, 5]),
        ({"before": 3, "limit": 9}, [1, 2]),
        ({"before": 99, "limit": 2}, [4, 5]),
        ({"before": 2}, [1]),
        ({"before": 1}, []),
        ({"before": 0}, []),
    ],
)
async def test_page_of_the_audit_is_in_order_and_within_its_window(
    store: Store, window: dict[str, int], expected: list[int]
) -> None:
    await store.commit([(AppendAudit(an_entry(n)),) for n in range(5)])

    records = await store.audit(**{"limit": 100} | window)

    assert [record.seq for record in records] == expected
