"""Whether a message costs more the more there is: stored messages, rooms, connections that stand idle.

python -m bench.growth [--history 1000,100000,1000000] [--rooms 10000] [--idle 1000] [--rounds 5]

Some relays run at the same time, one with little and the others with much, measured in turn; what counts is
the ratio of their CPU per message. History and rooms are in SQLite stores that are filled before the start.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import uvloop

from bench.links import Link, links_of
from bench.load import measure
from bench.scenario import Run, Scenario
from bench.storage import FILL, OPTIONS, commit, stored
from bench.targets import ClawNet
from protocol.rooms import Room
from storage.opening import open_store
from storage.ports import CreateRoom

RESULTS = Path(__file__).parent / "results" / "growth.json"
ROOM = Scenario(name="room20", agents=20, senders=20, messages=200, depth=32)
DM = Scenario(name="dm", agents=2, senders=1, messages=2000, depth=32, is_dm=True)


def main() -> None:
    """Measure, print and save."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--history", default="1000,100000,1000000")
    parser.add_argument("--rooms", type=int, default=10_000)
    parser.add_argument("--idle", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    history = [int(count) for count in chosen.history.split(",")]
    with tempfile.TemporaryDirectory(prefix="clawnet-bench-") as folder, ExitStack() as stack:
        relays = [f"{count} stored" for count in history] + [f"{chosen.rooms} rooms", "idle"]
        targets = {name: ClawNet("sqlite", Path(folder) / name, name) for name in relays}
        for name, target in targets.items():
            address = Path(folder) / name
            address.mkdir(parents=True)
            count = int(name.split()[0]) if name != "idle" else 0
            asyncio.run(_fill(f"sqlite:{address}/bench.db", count, are_rooms=name.endswith("rooms")))
            stack.callback(target.stop)
            target.start()
        figures = uvloop.run(_all(targets, chosen.idle, chosen.rounds))
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n")


async def _fill(address: str, count: int, *, are_rooms: bool) -> None:
    store = await open_store(address, OPTIONS)
    for first in range(0, count, FILL):
        numbers = range(first, min(first + FILL, count))
        await commit(store, [(CreateRoom(_room(n)),) if are_rooms else stored(n, "global") for n in numbers])
    await store.close()


def _room(number: int) -> Room:
    return Room.model_validate(
        {
            "id": f"room-{number}",
            "kind": "room",
            "title": f"room-{number}",
            "visibility": "public",
            "owner": "operator",
            "members": ["operator"],
            "created_at": "2026-01-01T00:00:00.000Z",
        }
    )


async def _all(targets: dict[str, ClawNet], idle: int, rounds: int) -> dict[str, object]:
    *filled, alone = targets.items()
    first = filled[0][0]
    costs = await _costs(dict(filled), ROOM, rounds)
    quiet = await _costs({"idle": alone[1]}, DM, rounds)
    links = await _stand(alone[1], idle)
    crowded = await _costs({"idle": alone[1]}, DM, rounds, when="crowded")
    for link in links:
        link.close()
    return {
        "room20_us_per_message": costs,
        "ratio_to_the_first": {name: round(cost / costs[first], 2) for name, cost in costs.items()},
        "dm_us_per_message": {"2 connections": quiet["idle"], f"and {idle} idle ones": crowded["idle"]},
        "ratio_with_idle_ones": round(crowded["idle"] / quiet["idle"], 2),
    }


async def _costs(
    targets: dict[str, ClawNet], scenario: Scenario, rounds: int, when: str = "first"
) -> dict[str, float]:
    costs: dict[str, list[float]] = {name: [] for name in targets}
    for number in range(rounds + 1):
        for name, target in targets.items():
            measured = await measure(target, scenario, f"{when}-{number}")
            costs[name] += [measured.cpu / measured.messages * 1e6] if number else []
    return {name: round(statistics.median(each), 1) for name, each in costs.items()}


async def _stand(target: ClawNet, count: int) -> list[Link]:
    run = Run(Scenario(name="idle", agents=count, senders=0, messages=0, depth=1), "idle", target)
    return await links_of(run, count, Link)


if __name__ == "__main__":
    main()
