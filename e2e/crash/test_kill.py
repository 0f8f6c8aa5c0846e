"""What was acknowledged is there after `kill -9`, once and in its place: ten times for each durable store."""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.crash.rounds import POSTGRES, on_store

ROUNDS = 10
ACKS = 60


@pytest.fixture(params=["json", "sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of an empty store."""
    if request.param != "postgresql":
        yield f"{request.param}:{tmp_path}/store"
        return
    # Not pytest's folder, which the owner of the cluster may not enter.
    with tempfile.TemporaryDirectory(prefix="clawnet-pg-") as folder:
        started = subprocess.run([POSTGRES, "start", folder], check=True, capture_output=True, text=True)
        yield started.stdout.strip()
        subprocess.run([POSTGRES, "stop", folder], check=True)


def test_no_promise_is_broken_by_a_kill(address: str, tmp_path: Path) -> None:
    verdict = on_store(address, tmp_path / "relay", ROUNDS, ACKS, seed=1)

    assert verdict.holds, verdict
    assert verdict.acked >= ROUNDS * ACKS // 2
