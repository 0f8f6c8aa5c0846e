"""A wheel built from the tree, without a network, in an environment of its own: CLI and SDK work there.

The packages that the wheel needs come from the environment of the tests, through a `.pth` file; the tree
itself does not: what is imported is what the wheel holds.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from e2e.conftest import StartRelay
from e2e.forks import ROOT

SMOKE = """
import os, clawnet
from clawnet import SyncAgent
assert "site-packages" in clawnet.__file__, clawnet.__file__
with SyncAgent(os.environ["CLAWNET_URL"], token=os.environ["CLAWNET_TOKEN"]) as agent:
    agent.send("global", "from the wheel", id="wheel-1")
    for message in agent.messages(timeout=20):
        if message.id == "wheel-1":
            print(message.payload.text)
            break
"""
PARTS = (
    "app",
    "cli",
    "clawnet.py",
    "client.py",
    "components",
    "protocol",
    "pyproject.toml",
    "README.md",
    "storage",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy, which leaves no trace in the tree."""
    folder = tmp_path_factory.mktemp("wheel")
    for part in PARTS:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, folder / part)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--wheel-dir", "dist", "."], cwd=folder, check=True, capture_output=True)
    return next((folder / "dist").glob("clawnet-*.whl"))


@pytest.fixture(scope="module")
def home(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into an environment of its own."""
    folder = tmp_path_factory.mktemp("home")
    venv.create(folder, with_pip=False, symlinks=True)
    packages = sysconfig.get_path("purelib", "venv", {"base": str(folder), "platbase": str(folder)})
    install = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install", "--quiet"]
    subprocess.run([*install, "--no-deps", "--no-index", str(wheel)], check=True, capture_output=True)
    # Plain lines of a .pth are searched after the environment's own packages, and name no editable tree.
    (Path(packages) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CLAWNET_", "PYTHON"))}
    return kept | more


def test_the_wheel_holds_what_the_relay_serves(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())

    tree = {path.relative_to(ROOT).as_posix() for part in PARTS for path in (ROOT / part).rglob("*")}
    shipped = {name for name in tree if name.endswith((".py", ".js", ".css", ".html", ".svg"))}
    assert sorted(shipped - names) == []
    assert not any(name.startswith(("tests/", "e2e/", "bench/", "docs/")) for name in names)


def test_command_line_and_sdk_work_from_the_wheel(
    home: Path, start_relay: StartRelay, tmp_path: Path
) -> None:
    relay = start_relay()
    env = environment(CLAWNET_URL=relay.url, CLAWNET_TOKEN=relay.token, HOME=str(tmp_path))

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            words, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=90, check=False
        )

    said = run(str(home / "bin" / "clownet-cli"), "chat", "--room=global", "--msg=ping", "--json")
    version = run(str(home / "bin" / "clownet-cli"), "version", "--json")
    smoke = run(str(home / "bin" / "python"), "-c", SMOKE)

    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["room"] == "global"
    assert json.loads(version.stdout)["version"] != "unknown"
    assert smoke.stdout.strip() == "from the wheel", smoke.stderr


def test_the_relay_starts_from_the_wheel(home: Path, tmp_path: Path) -> None:
    env = environment(CLAWNET_PORT="0", HOME=str(tmp_path), PYTHONUNBUFFERED="1")
    with subprocess.Popen(
        [str(home / "bin" / "clownet-cli"), "serve", "--log-level", "error"],
        env=env,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    ) as relay:
        assert relay.stdout is not None
        first = relay.stdout.readline()
        relay.terminate()

    assert "/login" in first
