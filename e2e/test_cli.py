"""`clownet-cli` against the real relay, as a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from e2e.forks import ROOT
from e2e.relay import Relay
from e2e.rest import Rest


class Cli:
    """The command line as an operator has it."""

    def __init__(self, relay: Relay, home: Path) -> None:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("CLAWNET_")}
        self._environment = kept | {
            "CLAWNET_URL": relay.url,
            "CLAWNET_TOKEN": relay.token,
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "PYTHONPATH": str(ROOT),
        }

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "cli.main", *words],
            env=self._environment | environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def cli(relay: Relay, tmp_path: Path) -> Cli:
    """Return the command line of an operator with an empty home."""
    return Cli(relay, tmp_path / "home")


async def test_what_is_said_on_the_command_line_ends_the_history(cli: Cli, operator: Rest) -> None:
    done = cli.run("chat", "--room=global", "--msg=ping")

    history = await operator.history("global")
    assert done.returncode == 0, done.stderr
    assert history[-1]["payload"]["text"] == "ping"


def test_every_reading_command_speaks_json(cli: Cli) -> None:
    answers = [
        cli.run(*words, "--json") for words in (["rooms"], ["presence"], ["chat", "history", "global"])
    ]

    assert [answer.returncode for answer in answers] == [0, 0, 0]
    assert [type(json.loads(answer.stdout)) for answer in answers]


def test_the_exit_code_tells_the_cause(cli: Cli) -> None:
    refused = cli.run("rooms", CLAWNET_TOKEN="clw_nobody_nothing")
    missing = cli.run("chat", "--room=nowhere", "--msg=ping")
    away = cli.run("rooms", CLAWNET_URL="http://127.0.0.1:9")

    assert (refused.returncode, missing.returncode, away.returncode) == (3, 5, 14)
    assert "Traceback" not in refused.stderr + missing.stderr + away.stderr


def test_a_new_agent_gets_a_token_that_opens_the_door(cli: Cli) -> None:
    made = cli.run("agents", "create", "scout", "--json")
    token = json.loads(made.stdout)["token"]

    seen = cli.run("rooms", "--json", CLAWNET_TOKEN=token)

    assert made.returncode == seen.returncode == 0


def test_a_login_is_kept_in_a_file_that_only_its_owner_reads(cli: Cli, relay: Relay, tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text(relay.token)

    done = cli.run("login", "--url", relay.url, "--token-file", str(secret), CLAWNET_TOKEN="")
    again = cli.run("rooms", "--json", CLAWNET_TOKEN="", CLAWNET_URL="")

    files = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert done.returncode == 0, done.stderr
    assert again.returncode == 0, again.stderr
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
