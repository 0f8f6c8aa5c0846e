"""What was acknowledged is there after `kill -9`, once and in its place: ten times for each durable store."""

import pytest

from e2e.crash.rounds import on_store
from e2e.databases import empty_store

ROUNDS = 10
ACKS = 60


@pytest.mark.parametrize("kind", ["json", "sqlite", "postgresql"])
def test_no_promise_is_broken_by_a_kill(kind: str) -> None:
    with empty_store(kind) as (address, folder):
        verdict = on_store(address, folder / "relay", ROUNDS, ACKS, seed=1)

    assert verdict.holds, verdict
    assert verdict.acked >= ROUNDS * ACKS // 2
