"""What only root may do: mounting file systems, and looking over another process's shoulder."""

import os
import shutil
import subprocess
import sys

import pytest

from e2e.forks import ROOT

PREFIX = () if os.geteuid() == 0 else ("sudo", "-n")


def can_be_root() -> bool:
    """Tell whether commands can be run as root without asking anybody."""
    if sys.platform != "linux":
        return False
    return not PREFIX or (
        shutil.which("sudo") is not None
        and subprocess.run([*PREFIX, "true"], capture_output=True, check=False).returncode == 0
    )


def as_root(*command: object) -> None:
    """Run a command as root."""
    done = subprocess.run([*PREFIX, *map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, (command, done.stderr)


def a_tool(name: str) -> str:
    """Return the path of a tool of the system, which is installed if it is missing."""
    if (path := shutil.which(name)) is None:
        subprocess.run([ROOT / "tools" / "package.sh", name], check=True)
        path = shutil.which(name)
    assert path is not None, f"{name} can't be found"
    return path


needs_root = pytest.mark.skipif(not can_be_root(), reason="needs Linux, and root or sudo without a password")
