"""The plain executor from outside: what is not allowed never starts, and what starts can be ended."""

import asyncio
import os
import sys
from pathlib import Path

import psutil
import pytest

from e2e.forks import ROOT
from e2e.sidecar import SidecarProcess, eventually
from e2e.taskrelay import StandIn
from e2e.test_sidecar import Start, desk, start

__all__ = ["desk", "start"]

CANARY = "canary-7c1f0e"
SCRIPTS = {
    "count": 'echo ran >> "$(dirname "$0")/ran"; echo counted',
    "slow": 'echo ran >> "$(dirname "$0")/ran"; sleep 2; echo slow',
    "env": "env; cat /dev/stdin",
    "flood": "head -c 300000 /dev/zero | tr '\\0' x",
    "wide": "for i in $(seq 20000); do printf '\\360\\237\\246\\200'; done",
    "stubborn": "trap '' TERM; (trap '' TERM; sleep 3127 & sleep 3127) & sleep 3127",
    "bad": "echo broken >&2; exit 7",
}
# Ways to have something else run; none of them is in the allow-list, which is all that counts.
CORPUS = [
    "{count}; touch {mark}",
    "{count} && touch {mark}",
    "{count} | tee {mark}",
    "{count} > {mark}",
    "$(touch {mark})",
    "`touch {mark}`",
    "{count}\ntouch {mark}",
    "{count}\r\ntouch {mark}",
    "{count} $(touch {mark})",
    "{count} -x {mark}",
    "{count} --help",
    "{count} ../../etc/passwd",
    "{count} @{mark}",
    "{count} {mark}",
    "{count} \t",
    "../bin/sh -c 'touch {mark}'",
    "sh -c 'touch {mark}'",
    "/bin/sh -c 'touch {mark}'",
    "touch {mark}",
    "env -S 'touch {mark}'",
    "PATH=. {count}",
    "COUNT",
    "{count}\u00a0",
    "{count}\u200b",
    "~/count",
    "*",
    "count",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with programs that may run, and some that may not."""
    home = tmp_path / "programs"
    home.mkdir()
    for name, body in SCRIPTS.items():
        (home / name).write_text(f"#!/bin/sh\n{body}\n")
        (home / name).chmod(0o755)
    (home / "allow").write_text("# programs\n\n" + "".join(f"{home / name}\n" for name in SCRIPTS))
    (home / "allow").chmod(0o600)
    return home


@pytest.fixture
def plain(start: Start, folder: Path) -> SidecarProcess:
    """Return a sidecar that may run the programs of the folder."""
    return start("--backend", "plain", "--allow", str(folder / "allow"), CLAWNET_CANARY=CANARY, SECRET=CANARY)


@pytest.mark.usefixtures("plain")
async def test_nothing_but_the_allow_list_ever_starts(desk: StandIn, folder: Path) -> None:
    mark, count = folder / "mark", str(folder / "count")
    texts = [text.format(mark=mark, count=count) for text in CORPUS]

    tasks = [await desk.dispatch("/run", text, room=f"r{n}") for n, text in enumerate(texts)]
    tasks += [await desk.dispatch("/run", *text.split(" ")) for text in texts if text.strip() != count]
    tasks += [await desk.dispatch(text) for text in texts]
    ends = [await desk.ended(task) for task in tasks]

    ran = [end["output"] for end in ends if end["state"] != "failed"]
    assert set(ran) <= {"counted\n"}, ran
    assert not mark.exists()
    assert {end["state"] for end in ends[: len(CORPUS)]} == {"failed"}


@pytest.mark.usefixtures("plain")
async def test_a_child_sees_no_secret_and_no_input(desk: StandIn, folder: Path) -> None:
    end = await desk.ended(await desk.dispatch("/run", str(folder / "env")))

    names = {line.split("=")[0] for line in end["output"].splitlines()}
    assert end["state"] == "succeeded"
    assert CANARY not in end["output"]
    assert names <= {
        "HOME",
        "PATH",
        "LANG",
        "LC_ALL",
        "LC_CTYPE",
        "TZ",
        "TMPDIR",
        "USER",
        "LOGNAME",
        "PWD",
        "_",
        "SHLVL",
        "OLDPWD",
    }


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize("name", ["flood", "wide"])
async def test_output_over_the_cap_is_cut_and_marked(desk: StandIn, folder: Path, name: str) -> None:
    end = await desk.ended(await desk.dispatch("/run", str(folder / name)))

    assert end["state"] == "succeeded"
    assert end["truncated"]
    assert 10_000 < len(end["output"]) <= 16 * 1024
    assert "\ufffd" not in end["output"]


@pytest.mark.usefixtures("plain")
async def test_what_fails_brings_its_exit_code_and_its_words(desk: StandIn, folder: Path) -> None:
    end = await desk.ended(await desk.dispatch("/run", str(folder / "bad")))

    assert (end["state"], end["exit_code"], end["output"]) == ("failed", 7, "broken\n")


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize("way", ["timeout", "cancel"])
async def test_a_family_that_does_not_want_to_end_is_ended_whole(
    desk: StandIn, folder: Path, way: str
) -> None:
    task = await desk.dispatch("/run", str(folder / "stubborn"), timeout=2 if way == "timeout" else 60)
    await desk.running(task)
    await eventually(lambda: len(_family(folder)) >= 2)
    if way == "cancel":
        await desk.cancel(task)

    end = await desk.ended(task)

    assert end["state"] == {"timeout": "timed_out", "cancel": "cancelled"}[way]
    assert _family(folder) == []


async def test_a_program_that_a_crash_interrupted_is_not_run_again(
    desk: StandIn, folder: Path, plain: SidecarProcess
) -> None:
    task = await desk.dispatch("/run", str(folder / "slow"))
    await eventually((folder / "ran").exists)

    plain.kill()
    plain.restart()

    end = await desk.ended(task)
    assert (end["state"], end["output"]) == ("failed", "interrupted: it may have run")
    assert (folder / "ran").read_text() == "ran\n"


async def test_without_an_allow_list_nothing_can_be_run(desk: StandIn, start: Start) -> None:
    start("--backend", "plain")

    ends = [await desk.ended(await desk.dispatch(command)) for command in ("/run", "id", "/status")]

    assert [end["state"] for end in ends] == ["failed", "failed", "succeeded"]


async def test_the_predecessors_environment_starts_it(desk: StandIn, folder: Path, tmp_path: Path) -> None:
    told = {"CLAWNET_RELAY_URL": desk.url, "CLAWNET_SECRET_KEY": desk.token, "AGENT_ID": "old"}
    told |= {"CLAWNET_ALLOW": str(folder / "allow"), "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    kept = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    client = [sys.executable, str(ROOT / "client.py")]
    process = await asyncio.create_subprocess_exec(*client, env=kept | told, cwd=tmp_path)
    try:
        end = await desk.ended(await desk.dispatch("/run", str(folder / "count")))
    finally:
        process.terminate()
        await process.wait()

    assert (end["state"], end["output"], process.returncode) == ("succeeded", "counted\n", 0)
    assert (tmp_path / "clawnet" / "agent" / "old" / "journal.db").exists()


@pytest.mark.parametrize("fault", ["missing", "writable", "unknown program", "quote"])
async def test_an_allow_list_that_is_no_good_is_refused(start: Start, tmp_path: Path, fault: str) -> None:
    allow = tmp_path / "allow"
    if fault != "missing":
        lines = {"writable": "true", "unknown program": "no-such-program", "quote": "echo 'x"}
        allow.write_text(lines[fault])
        allow.chmod(0o666 if fault == "writable" else 0o600)

    sidecar = start("--backend", "plain", "--allow", str(allow))

    assert await sidecar.ended() == 2
    assert '"field": "allow"' in sidecar.log()


def _family(folder: Path) -> list[int]:
    """Return the processes that a program of the folder became or began."""
    found = []
    for process in psutil.process_iter(["pid", "cmdline", "status"]):
        words = process.info["cmdline"] or []
        if process.info["status"] == psutil.STATUS_ZOMBIE or process.pid == os.getpid():
            continue
        if str(folder / "stubborn") in words or (words[:2] == ["sleep", "3127"]):
            found.append(process.pid)
    return found
