"""The scenarios as an operator runs them from a shell, against the real server."""

import os
import subprocess
from pathlib import Path

import pytest

from e2e.conftest import StartRelay
from e2e.paces import UNLIMITED
from e2e.relay import Relay
from e2e.root import a_tool

SCENARIOS = Path(__file__).parent / "scenarios"
BASICS = ("sh", "curl", "grep", "tail", "sort", "uniq", "date")


def run(
    name: str, relay: Relay, *, token: str | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run a scenario as the operator, or with another token."""
    environment = os.environ | {"CLAWNET_TOKEN": token or relay.token} | more
    return subprocess.run(
        [SCENARIOS / name, relay.url],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def with_tools(folder: Path, *names: str) -> str:
    """Return a PATH on which there is nothing but the basics and these tools."""
    folder.mkdir()
    for name in {*BASICS, *names}:
        (folder / name).symlink_to(a_tool(name))
    return str(folder)


def test_second_agent_that_wants_a_handle_is_refused(start_relay: StartRelay) -> None:
    relay = start_relay()

    done = [run("handle_conflict.sh", relay) for _ in range(2)]

    for each in done:
        assert each.returncode == 0, each.stdout + each.stderr
        statuses = [line for line in each.stdout.splitlines() if line in {"201", "409"}]
        assert statuses == ["201", "409"]
        assert '"code":"handle_taken"' in each.stdout


def test_handle_scenario_fails_where_there_is_no_conflict_to_see(start_relay: StartRelay) -> None:
    assert run("handle_conflict.sh", start_relay(), token="clw_operator_wrong").returncode == 1


@pytest.mark.parametrize("tool", ["hey", "wrk", "curl"])
def test_150_requests_a_second_are_refused_in_part(
    start_relay: StartRelay, tmp_path: Path, tool: str
) -> None:
    relay = start_relay()

    done = run("rate_limit.sh", relay, PATH=with_tools(tmp_path / "bin", tool))

    assert done.returncode == 0, done.stdout + done.stderr
    assert "429" in done.stdout
    assert "200" in done.stdout


def test_rate_scenario_fails_where_nothing_is_refused(start_relay: StartRelay, tmp_path: Path) -> None:
    relay = start_relay(**UNLIMITED)

    done = run("rate_limit.sh", relay, PATH=with_tools(tmp_path / "bin"), FOR_SECONDS="1")

    assert done.returncode == 1, done.stdout
