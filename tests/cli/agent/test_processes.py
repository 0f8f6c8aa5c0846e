"""Programs: what they see, how they end, and what is kept of what they say."""

import asyncio
import sys
from pathlib import Path

import psutil
import pytest

from cli.agent import processes
from cli.agent.processes import execute, scrubbed
from tests.cli.agent.conftest import until

FAMILY = "import subprocess, sys, time; p = subprocess.Popen(['sleep', '4127']); print(p.pid, flush=True); "


def script(code: str) -> list[str]:
    return [sys.executable, "-c", code]


async def test_a_program_is_run_and_its_end_told() -> None:
    ended = await execute(
        script("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"),
        environment={},
        within=30,
    )

    assert (ended.code, ended.out, ended.err, ended.is_cut) == (3, b"out\n", b"err\n", False)


async def test_what_is_over_the_cap_is_read_and_thrown_away() -> None:
    ended = await execute(script("print('x' * 10_000_000)"), environment={}, within=30, keeps=100)

    assert (ended.code, ended.out, ended.is_cut) == (0, b"x" * 100, True)


@pytest.mark.parametrize("then", ["time.sleep(99)", "pass"])
async def test_what_it_leaves_behind_ends_with_it(then: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "KILL_AFTER", 0.5)

    ended = await execute(script(FAMILY + then), environment={"PATH": processes.PATH}, within=2)

    child = int(ended.out)
    assert ended.code == (0 if then == "pass" else None)
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE


async def test_a_run_that_is_cancelled_ends_the_program() -> None:
    heard: list[str] = []
    running = asyncio.get_running_loop().create_task(
        execute(
            script("import os, time; print(os.getpid(), flush=True); time.sleep(99)"),
            environment={},
            within=99,
            heard=heard.append,
        )
    )
    await until(lambda: bool(heard))

    running.cancel()
    await asyncio.wait({running})

    assert running.cancelled()
    assert not psutil.pid_exists(int(heard[0]))


async def test_a_program_that_is_not_there_is_an_error() -> None:
    with pytest.raises(OSError, match="No such file"):
        await execute(["/no/such/program"], environment={}, within=1)


def test_an_environment_is_made_of_what_is_known_to_be_harmless() -> None:
    told = scrubbed({"HOME": "/home/x", "PATH": "/evil", "TOKEN": "secret", "LD_PRELOAD": "/evil.so"})

    assert told == {"HOME": "/home/x", "PATH": processes.PATH}
    assert str(Path.cwd()) not in told["PATH"]
