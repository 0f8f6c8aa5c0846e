"""What a message costs, side by side: ClawNet, bare Socket.IO relays and an IRC server, interleaved.

python -m bench.chat [--full] [--rounds 5] [--targets clawnet:memory,clawnet:sqlite,python,node,ngircd]
                     [--scenario room20,room20-single,dm,room200] [--save NAME]

A target is `clawnet:STORE` (memory, json, sqlite, postgresql), `python` or `node` (the bare relays of
`bench/peers`), `ngircd`, or `other:PROGRAM`, any relay that takes a port and speaks as the bare ones do.
`clawnet:memory@TREE` is the relay of another tree of this repository: before and after, in one run.
"""

import argparse
import json
import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path

import uvloop

from bench.load import measure
from bench.scenario import Measured, Scenario
from bench.targets import Target, available, make

RESULTS = Path(__file__).parent / "results"
TARGETS = "clawnet:memory,clawnet:sqlite,python,node,ngircd"
SCENARIOS = (
    Scenario(name="room20", agents=20, senders=20, messages=200, depth=32),
    Scenario(name="room20-single", agents=20, senders=20, messages=60, depth=1),
    Scenario(name="dm", agents=2, senders=1, messages=2000, depth=32, is_dm=True),
    Scenario(name="room200", agents=200, senders=20, messages=20, depth=32),
)


def main() -> None:
    """Measure, and print a table; with `--save` write it to `bench/results` too."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true", help="five rounds at least")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--targets", default=TARGETS)
    parser.add_argument("--scenario", default=",".join(scenario.name for scenario in SCENARIOS))
    parser.add_argument("--save", default="")
    chosen = parser.parse_args()
    names = [name for name in chosen.targets.split(",") if available(name)]
    scenarios = [scenario for scenario in SCENARIOS if scenario.name in chosen.scenario.split(",")]
    rounds = max(5, chosen.rounds) if chosen.full else chosen.rounds
    with tempfile.TemporaryDirectory(prefix="clawnet-bench-") as folder, ExitStack() as stack:
        targets = [make(name, Path(folder) / str(number)) for number, name in enumerate(names)]
        for target in targets:
            stack.callback(target.stop)
            target.start()
        rows = uvloop.run(_all(targets, scenarios, rounds))
    if chosen.save:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{chosen.save}.json").write_text(json.dumps(rows, indent=1) + "\n")


async def _all(targets: list[Target], scenarios: list[Scenario], rounds: int) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for scenario in scenarios:
        runs: dict[str, list[Measured]] = {target.name: [] for target in targets}
        for number in range(rounds + 1):
            for target in targets:
                measured = await measure(target, scenario, f"{scenario.name}-{number}")
                # The first round warms up: caches, keys, pages.
                runs[target.name] += [measured] if number else []
        for name, measurements in runs.items():
            rows.append(_row(scenario.name, name, measurements))
            print(_line(rows[-1]), flush=True)
    return rows


def _row(scenario: str, target: str, runs: list[Measured]) -> dict[str, object]:
    def median(values: list[float], digits: int = 1) -> float:
        return round(statistics.median(values), digits)

    return {
        "scenario": scenario,
        "target": target,
        "runs": len(runs),
        "cpu_us_per_message": median([run.cpu / run.messages * 1e6 for run in runs]),
        "cpu_us_per_delivery": median([run.cpu / run.deliveries * 1e6 for run in runs], 2),
        "messages_per_second": median([run.messages / run.wall for run in runs], 0),
        "repeats": sum(run.repeats for run in runs),
        "ack_p50_ms": median([share(run.acks, 0.5) for run in runs], 2),
        "ack_p99_ms": median([share(run.acks, 0.99) for run in runs], 2),
        "delivery_p50_ms": median([share(run.waits, 0.5) for run in runs], 2),
        "delivery_p99_ms": median([share(run.waits, 0.99) for run in runs], 2),
    }


def share(waits: list[float], part: float) -> float:
    """Return the milliseconds within which such a part of them was over."""
    return round(sorted(waits)[int(len(waits) * part)] * 1e3, 2)


def _line(row: dict[str, object]) -> str:
    return (
        f"{row['scenario']:<14} {row['target']:<16} {row['cpu_us_per_message']:>8} µs/message "
        f"{row['cpu_us_per_delivery']:>7} µs/delivery {row['messages_per_second']:>8}/s  "
        f"ack {row['ack_p50_ms']}/{row['ack_p99_ms']} ms  "
        f"delivery {row['delivery_p50_ms']}/{row['delivery_p99_ms']} ms"
    )


if __name__ == "__main__":
    main()
