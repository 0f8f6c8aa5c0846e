"""All stores agree on every outcome and on what is held afterwards, whatever is asked of them."""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from protocol.agents import Agent
from protocol.audit import AuditEntry
from protocol.errors import ClawNetError
from protocol.roles import Role
from storage.json_file.store import open_json
from storage.memory import MemoryStore
from storage.ports import (
    AppendAudit,
    CreateAgent,
    CreateRoom,
    DeleteRoom,
    ForgetTask,
    ForgetToken,
    MoveCursor,
    Op,
    Outcome,
    Receipt,
    Redact,
    SaveAgent,
    SaveRoom,
    SaveSetting,
    SaveToken,
    Store,
    TokenRecord,
    Write,
)
from storage.sql.sqlite import open_sqlite
from tests.fakes import a_room
from tests.storage.contract import a_tombstone
from tests.storage.samples import EARLY, LATE, a_message, contents

ROOMS = st.sampled_from(["alpha", "beta"])
NAMES = st.sampled_from(["ann", "bob", "cas"])
AGENTS = st.builds(
    lambda name, handle: Agent(id=name, handle=handle, role=Role.WORKER, created_at=EARLY), NAMES, NAMES
)
ENTRY = AuditEntry(ts=EARLY, actor="ann", via="rest", action="x.y", detail={"ü": 1.5})
OPS: st.SearchStrategy[Op] = st.one_of(
    st.builds(
        lambda key, room, ts: a_message(key, f"{key} {room}", room=room, ts=ts),
        st.sampled_from([f"k{n}" for n in range(12)]),
        ROOMS,
        st.sampled_from([EARLY, LATE]),
    ),
    st.builds(lambda room, at: Redact(room, at, a_tombstone(at)), ROOMS, st.integers(1, 4)),
    st.builds(lambda room, topic: CreateRoom(a_room(room, topic=topic)), ROOMS, NAMES),
    st.builds(
        lambda room, members: SaveRoom(a_room(room, members=members)), ROOMS, st.lists(NAMES, max_size=3)
    ),
    st.builds(DeleteRoom, ROOMS),
    st.builds(CreateAgent, AGENTS),
    st.builds(SaveAgent, AGENTS),
    st.builds(SaveSetting, NAMES, st.sampled_from(["1", "2", None])),
    st.builds(
        lambda name, digest: SaveToken(TokenRecord(name, name, digest, EARLY)), NAMES, st.binary(max_size=2)
    ),
    st.builds(ForgetToken, NAMES),
    st.builds(ForgetTask, NAMES),
    st.just(AppendAudit(ENTRY)),
    st.builds(MoveCursor, NAMES, ROOMS, st.integers(0, 9)),
)
WRITES = st.lists(OPS, min_size=1, max_size=3, unique_by=lambda op: type(op).__name__).map(tuple)
BATCHES = st.lists(st.lists(WRITES, min_size=1, max_size=6), max_size=5)


def told(outcome: Outcome) -> object:
    """Return an outcome as it can be compared."""
    if isinstance(outcome, ClawNetError):
        return outcome.body()
    return (outcome.messages, outcome.repeat)


async def play(store: Store, batches: list[list[Write]]) -> list[object]:
    """Commit the batches, prune after the second, and return all that can be seen."""
    seen: list[object] = []
    for number, batch in enumerate(batches):
        seen += [told(outcome) for outcome in await store.commit(batch)]
        if number == 1:
            seen.append(await store.prune(before=LATE, limit=2))
    seen += [(store.bounds(room), await store.page(room, limit=50)) for room in ("alpha", "beta")]
    return [*seen, await contents(store), await store.audit_head()]


async def everywhere(empty: dict[Path, Callable[..., Awaitable[Store]]], batches: list[list[Write]]) -> None:
    """Play on every store that needs no server; those that last say the same after they were opened anew."""
    expected = await play(MemoryStore(epoch="e"), batches)
    for template, open_it in empty.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(shutil.copy(template, folder))
            store = await open_it(path, epoch="e")
            assert await play(store, batches) == expected
            await store.close()
            store = await open_it(path, epoch="other")
            assert await contents(store) == expected[-2]
            await store.close()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Callable[..., Awaitable[Store]]]:
    """Return the files of empty stores, because to make tables takes longer than everything else."""
    folder = tmp_path_factory.mktemp("empty")
    files: dict[Path, Callable[..., Awaitable[Store]]] = {
        folder / "store.jsonl": open_json,
        folder / "store.db": open_sqlite,
    }
    for path, open_it in files.items():
        asyncio.run(_make(open_it(path, epoch="e")))
    return files


async def _make(opening: Awaitable[Store]) -> None:
    await (await opening).close()


@settings(max_examples=40, deadline=None)
@given(batches=BATCHES)
@example(batches=[[(a_message("k1", "x"),)], [(DeleteRoom("alpha"), Redact("alpha", 1, a_tombstone(1)))]])
@example(
    batches=[
        [(a_message("k0", "x", room="beta"),), (a_message("k1", "x"),)],
        [(a_message("k2", "x"),)],
    ]
)
@example(batches=[[(SaveRoom(a_room("alpha")), CreateRoom(a_room("alpha")))]])
def test_stores_agree(empty: dict[Path, Callable[..., Awaitable[Store]]], batches: list[list[Write]]) -> None:
    asyncio.run(everywhere(empty, batches))


def test_a_receipt_can_be_compared() -> None:
    assert told(Receipt()) == ((), None)
