"""What deploys the relay names what the tree holds, runs without rights, and installs from the lock."""

import configparser
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.settings import Settings

ROOT = Path(__file__).parent.parent
VARIABLES = {f"CLAWNET_{name.upper()}" for name in Settings.model_fields}


def instructions(stage: int = -1) -> list[tuple[str, str]]:
    """Return the lines of a stage of the Dockerfile as `(instruction, arguments)`."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    lines = [line.split(None, 1) for line in text.splitlines() if line and not line.startswith("#")]
    starts = [number for number, line in enumerate(lines) if line[0] == "FROM"] + [len(lines)]
    first = starts[:-1][stage]
    end = starts[starts.index(first) + 1]
    return [(line[0], line[1]) for line in lines[first:end]]


def compose() -> Any:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["clawnet"]


def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(ROOT / "deploy" / "clawnet.service")
    return parser


def test_the_image_is_built_from_the_lock_and_runs_as_nobody_special() -> None:
    build, final = instructions(0), dict(instructions())

    assert any("--require-hashes -r /src/requirements/run.txt" in words for _, words in build)
    assert (ROOT / "requirements" / "run.txt").is_file()
    assert final["USER"] == "clawnet"
    assert final["ENTRYPOINT"] == '["clownet-cli"]'


def test_every_variable_that_is_set_is_a_setting() -> None:
    told = {
        "Dockerfile": (ROOT / "Dockerfile").read_text(),
        "compose.yaml": (ROOT / "compose.yaml").read_text(),
        "clawnet.service": (ROOT / "deploy" / "clawnet.service").read_text(),
        "nginx.conf": (ROOT / "deploy" / "nginx.conf").read_text(),
    }

    for name, text in told.items():
        assert set(re.findall(r"CLAWNET_[A-Z_]+", text)) <= VARIABLES, name


def test_compose_opens_the_relay_to_this_machine_alone() -> None:
    service = compose()

    assert service["ports"] == ["127.0.0.1:3000:3000"]
    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True


def test_the_unit_has_no_rights_and_starts_the_relay() -> None:
    service = unit()["Service"]

    assert service["ExecStart"].endswith("/clownet-cli serve")
    assert service["DynamicUser"] == "yes"
    assert service["CapabilityBoundingSet"] == ""


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    program = tmp_path / "clownet-cli"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    copy = tmp_path / "clawnet.service"
    text = (ROOT / "deploy" / "clawnet.service").read_text()
    copy.write_text(text.replace("/opt/clawnet/bin/clownet-cli", str(program)))

    done = subprocess.run(  # noqa: S603 - a tool of the system
        [str(shutil.which("systemd-analyze")), "verify", "--man=no", str(copy)],
        env=os.environ | {"SYSTEMD_LOG_LEVEL": "warning"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "clawnet.service" not in done.stderr, done.stderr
