"""`clownet-cli completion`: the scripts, and what a shell gets from them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, Shell


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_script_names_the_program_and_asks_it(shell: str, nobody: Shell) -> None:
    script = nobody.run("completion", shell).out

    assert "clownet-cli" in script
    assert "_CLOWNET_CLI_COMPLETE=complete_" + shell in script


def test_bash_completes_commands_and_options(nobody: Shell, tmp_path: Path) -> None:
    program = tmp_path / "bin" / "clownet-cli"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cli.main "$@"\n')
    program.chmod(0o755)
    script = nobody.run("completion", "bash").out
    typed = "COMP_WORDS=(clownet-cli chat hi); COMP_CWORD=2"
    ask = f'{typed}; _clownet_cli_completion clownet-cli; echo "${{COMPREPLY[@]}}"'

    done = subprocess.run(  # noqa: S603 - our own script
        [shutil.which("bash") or "/bin/bash", "-c", f"{script}\n{ask}"],
        env=os.environ | {"PYTHONPATH": str(ROOT), "PATH": f"{program.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert done.stdout.split() == ["history"]
