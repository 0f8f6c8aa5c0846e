"""The scenarios as an operator runs them from a shell, against the real server."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from e2e.conftest import StartRelay
from e2e.forks import ROOT
from e2e.paces import UNLIMITED
from e2e.relay import OPERATOR_TOKEN, Relay
from e2e.root import a_tool

SCENARIOS = Path(__file__).parent / "scenarios"
BASICS = ("sh", "curl", "grep", "tail", "sleep", "sort", "uniq", "date")


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


@pytest.fixture
def with_cli(tmp_path: Path) -> str:
    """Return a PATH with `clownet-cli` on it, as an installation has it."""
    program = tmp_path / "bin" / "clownet-cli"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cli.main "$@"\n')
    program.chmod(0o755)
    return f"{program.parent}:{os.environ['PATH']}"


def test_what_is_said_on_the_command_line_ends_the_history(start_relay: StartRelay, with_cli: str) -> None:
    done = run("first_words.sh", start_relay(), PATH=with_cli, PYTHONPATH=str(ROOT))

    assert done.returncode == 0, done.stdout + done.stderr


def test_three_messages_are_there_after_a_restart(with_cli: str, tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CLAWNET_")}
    more = {"CLAWNET_MASTER_TOKEN": OPERATOR_TOKEN, "PATH": with_cli, "PYTHONPATH": str(ROOT)}

    done = subprocess.run(
        [SCENARIOS / "restart.sh", f"sqlite:{tmp_path / 'store'}"],
        env=kept | more,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.rstrip().endswith("message three")


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
    # Lower than the default, which a machine that is busy with other tests does not get to.
    relay = start_relay(rate_rest="30/second")

    done = run("rate_limit.sh", relay, PATH=with_tools(tmp_path / "bin", tool))

    assert done.returncode == 0, done.stdout + done.stderr
    assert "429" in done.stdout
    assert "200" in done.stdout


def test_rate_scenario_fails_where_nothing_is_refused(start_relay: StartRelay, tmp_path: Path) -> None:
    relay = start_relay(**UNLIMITED)

    done = run("rate_limit.sh", relay, PATH=with_tools(tmp_path / "bin"), FOR_SECONDS="1")

    assert done.returncode == 1, done.stdout
