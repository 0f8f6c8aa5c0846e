"""Where a server's time goes: `python -m bench.profile --target clawnet:memory --scenario pipelined`.

Prints the stages of a message and the functions that most samples were taken in (self) and under (with what
they call), in percent of the samples in which the server was at work. Needs py-spy, and leave to look at
another process. `--scenario all` takes one after the other and prints the stages alone.
"""

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import uvloop

from bench.chat import SCENARIOS
from bench.load import measure
from bench.scenario import Scenario
from bench.targets import Target, make

RATE = 500  # samples a second
TOP = 110
# A sample belongs to the stage of its innermost file that is named here; longer names come first.
STAGES = {
    "app/edge/": "sockets: frames in, writes out",
    "app/sockets/outgoing": "sockets: frames in, writes out",
    "app/sockets/packets": "parse",
    "protocol/text": "parse",
    "pydantic/": "validate, authorise, limit",
    "app/sockets/dispatch": "validate, authorise, limit",
    "app/services/limits": "validate, authorise, limit",
    "app/services/permissions": "validate, authorise, limit",
    "app/services/rooms": "validate, authorise, limit",
    "app/services/standings": "validate, authorise, limit",
    "app/services/pausing": "validate, authorise, limit",
    "app/services/credentials": "validate, authorise, limit",
    "app/services/loopguard": "loop guard",
    "app/services/audit": "audit record",
    "protocol/audit": "audit record",
    "storage/memory_audit": "audit record",
    "app/services/": "compose, into the queue",
    "storage/": "store",
    "sqlite": "store",
    "app/journal": "journal: commit, tell",
    "app/bus": "journal: commit, tell",
    "app/measuring": "journal: commit, tell",
    "app/delivery/": "encode and deliver",
    "protocol/reliability": "encode and deliver",
    "app/sockets/wire": "encode and deliver",
    "protocol/acks": "events, answers",
    "app/sockets/": "events, answers",
    "socketio/": "libraries of the sockets",
    "engineio/": "libraries of the sockets",
    "uvicorn/": "libraries of the sockets",
    "websockets/": "libraries of the sockets",
    "starlette/": "libraries of the sockets",
}
REST = "event loop and the rest"


def main() -> None:
    """Run a scenario some times and print where its time went."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--target", default="clawnet:memory")
    parser.add_argument("--scenario", default=SCENARIOS[0].name)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--native", action="store_true", help="show what is written in C as well")
    chosen = parser.parse_args()
    for scenario in SCENARIOS:
        if chosen.scenario in {scenario.name, "all"}:
            _profile(chosen, scenario)


def _profile(chosen: argparse.Namespace, scenario: Scenario) -> None:
    sys.stdout.write(f"\n{scenario.name}, {chosen.target}\n")
    with tempfile.TemporaryDirectory(prefix="clawnet-bench-") as folder:
        target = make(chosen.target, Path(folder))
        target.start()
        try:
            stacks = Path(folder) / "stacks"
            _record(target, scenario, chosen.rounds, stacks, native=chosen.native)
            _print_stages(stacks.read_text())
            if chosen.scenario != "all":
                _print(stacks.read_text())
        finally:
            target.stop()


def _record(target: Target, scenario: Scenario, rounds: int, stacks: Path, *, native: bool) -> None:
    uvloop.run(_measure(target, scenario, 1, "warm"))
    spy = [
        str(Path(sys.executable).parent / "py-spy"),
        "record",
        "-f",
        "raw",
        "-r",
        str(RATE),
        "-o",
        str(stacks),
    ]
    spy += ["--pid", str(target.process.pid), *(["--native"] if native else [])]
    with subprocess.Popen(spy, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as watching:
        uvloop.run(_measure(target, scenario, rounds, "seen"))
        watching.send_signal(2)


async def _measure(target: Target, scenario: Scenario, rounds: int, label: str) -> None:
    for number in range(rounds):
        measured = await measure(target, scenario, f"{label}-{number}")
        sys.stdout.write(f"{measured.cpu / measured.messages * 1e6:.1f} us of CPU a message\n")


def _print_stages(stacks: str) -> None:
    samples: Counter[str] = Counter()
    for line in stacks.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        # A thread that waits for work stands in a call of C, which py-spy takes for work.
        if not frames[-1].startswith("_worker ("):
            samples[_stage_of(frames)] += int(count)
    everything = samples.total()
    for stage, taken in samples.most_common():
        sys.stdout.write(f"{taken / everything:7.1%}  {stage}\n")


def _stage_of(frames: list[str]) -> str:
    for frame in reversed(frames):
        for name in sorted(STAGES, key=len, reverse=True):
            if f"({name}" in frame or f"/{name}" in frame:
                return STAGES[name]
    return REST


def _print(stacks: str) -> None:
    alone: Counter[str] = Counter()
    under: Counter[str] = Counter()
    for line in stacks.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = [frame.rpartition(":")[0] for frame in stack.split(";")]
        alone[frames[-1]] += int(count)
        for frame in set(frames):
            under[frame] += int(count)
    everything = alone.total()
    for title, counts in (("self", alone), ("with what it calls", under)):
        sys.stdout.write(f"\n{title}\n")
        for name, samples in counts.most_common(TOP):
            sys.stdout.write(f"{samples / everything:7.1%}  {name}\n")


if __name__ == "__main__":
    main()
