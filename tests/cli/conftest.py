"""The real relay in a subprocess, once a run, and the command line against it."""

import functools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer.main
import typer.testing
from typer.testing import CliRunner

from cli.main import app

# Typer draws up all commands anew for each run; in one process once is enough, and saves half of the time.
typer.testing._get_command = functools.cache(typer.main.get_command)  # type: ignore[attr-defined]

OPERATOR_TOKEN = "operator-of-the-cli-tests"
TOOL = [sys.executable, "-m", "cli.main"]
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Return its JSON."""
        return json.loads(self.out)


class Shell:
    """Runs `clownet-cli` as a user would, with an environment and a home of its own."""

    def __init__(self, home: Path, **env: str) -> None:
        self.home = home
        self.env = {"HOME": str(home), "XDG_CONFIG_HOME": str(home)} | env

    def run(self, *words: str, stdin: str = "") -> Result:
        """Run a command to its end, in this process: a new one each time would take most of the time."""
        unset = dict.fromkeys(name for name in os.environ if name.startswith("CLAWNET_"))
        done = CliRunner().invoke(app, list(words), input=stdin, env={**unset, **self.env})
        return Result(done.exit_code, done.stdout, done.stderr)

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """Start a command that goes on, in a process of its own."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CLAWNET_")}
        return subprocess.Popen(  # noqa: S603 - our own program
            [*TOOL, *words],
            cwd=self.home,
            env=kept | {"PYTHONPATH": str(ROOT)} | self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture(scope="session")
def relay_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start the relay with `clownet-cli serve` on a free port."""
    home = tmp_path_factory.mktemp("relay")
    secret = home / "token"
    secret.write_text(OPERATOR_TOKEN)
    shell = Shell(home)
    with shell.start("serve", "--port", "0", "--log-level", "error", "--master-token-file", "token") as relay:
        assert relay.stdout is not None
        url = relay.stdout.readline().split()[-1].removesuffix("/login")
        yield url
        relay.terminate()


@pytest.fixture
def nobody(relay_url: str, tmp_path: Path) -> Shell:
    """Return a shell that knows the relay and has no token."""
    return Shell(tmp_path, CLAWNET_URL=relay_url)


@pytest.fixture
def operator(relay_url: str, tmp_path: Path) -> Shell:
    """Return a shell with the operator's token in its environment."""
    return Shell(tmp_path, CLAWNET_URL=relay_url, CLAWNET_TOKEN=OPERATOR_TOKEN)
