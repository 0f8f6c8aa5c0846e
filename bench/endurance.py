"""Endurance: twenty agents do whatever agents do, for half an hour, and the relay must not grow with it.

`python -m bench.endurance --minutes 30` first fills what is bounded (audit, rooms, dedupe keys) up to its
bound, then does random things at a moderate rate and measures. It prints one line of JSON and exits 1 when
the relay grew by more than 1 MB in ten minutes, or when anything failed. `--store sqlite:…` measures a store
that needs no filling of its own.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from typing import Any

import httpx

from e2e.agents import RawAgent
from e2e.crowd import LightAgent
from e2e.paces import UNLIMITED
from e2e.relay import Relay
from e2e.rest import Rest
from protocol.addressing import dm_room

AGENTS = 20
PER_SECOND = 1.0  # operations of one agent
SAMPLE = 5.0  # seconds between two samples
FILL = 20  # messages of each agent; on disk there is nothing to fill, and all have to catch up with them
FILL_MEMORY = (
    12_000  # until 10,000 dedupe keys of each agent have come and the table that they are in has grown
)
KEEP = 200  # messages of a room, so that even the quiet ones are full
WARM_UP = 0.2  # of the time, after the filling
MOST = 1.0  # MB in ten minutes
IN_FLIGHT = 64
ROOMS = ("global", "alpha", "beta")
# Refusals that chance brings about: two agents renamed alike, a room that another has just deleted.
BY_CHANCE = {"handle_taken", "not_found", "forbidden", "conflict", "room_exists"}
_MB = 1024 * 1024


@dataclass
class Sample:
    """What the relay took up at one moment; `at` in seconds since the measurement began."""

    at: float
    rss: int
    descriptors: int
    buckets: int


@dataclass
class Ledger:
    """What was done, what was refused by chance, and what went wrong."""

    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)


class Calls(Rest):
    """REST over connections that are let go before the relay closes them: no request meets a closing one."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(url, token)
        self.http = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            limits=httpx.Limits(keepalive_expiry=2),
            timeout=30,
            trust_env=False,
        )


class Walker:
    """One agent that does one random thing after the other."""

    def __init__(self, relay: Relay, operator: Rest, name: str, token: str, ledger: Ledger) -> None:
        self._relay = relay
        self._operator = operator
        self._name = name
        self._token = token
        self._ledger = ledger
        self._dice = random.Random(name)
        self._began = time.monotonic()
        self._socket = RawAgent(relay.url, token)
        self._rest = Calls(relay.url, token)
        self._said = 0
        self._deeds: dict[str, tuple[int, Callable[[], Awaitable[object]]]] = {
            "say": (40, self._say),
            "say_rest": (10, self._say_by_rest),
            "repeat": (5, self._repeat),
            "direct": (10, self._direct),
            "read": (10, self._read),
            "type": (10, self._type),
            "presence": (5, self._presence),
            "report": (5, self._report),
            "enter": (5, self._enter),
            "own_room": (3, self._own_room),
            "retract": (3, self._retract),
            "mistake": (3, self._mistake),
            "rename": (1, self._rename),
            "reconnect": (3, self._reconnect),
            "rotate": (1, self._rotate),
            "console": (1, self._console),
            "stranger": (1, self._stranger),
        }

    async def walk(self, until: float) -> None:
        """Do one thing a second, until the time has come."""
        await self._socket.connect()
        names = list(self._deeds)
        weights = [weight for weight, _ in self._deeds.values()]
        while time.monotonic() < until:
            name = self._dice.choices(names, weights)[0]
            await self._do(name)
            self._socket.events.clear()
            await asyncio.sleep(self._dice.expovariate(PER_SECOND))
        await self._socket.close()
        await self._rest.http.aclose()

    async def _do(self, name: str) -> None:
        self._ledger.done[name] += 1
        try:
            await self._deeds[name][1]()
        except Exception as error:  # noqa: BLE001 - whatever it was, it counts and the walk goes on
            since = time.monotonic() - self._began
            self._ledger.errors.append(f"after {since:.0f} s, {self._name} {name}: {error!r}")

    def _judge(self, body: dict[str, Any], *expected: str) -> dict[str, Any]:
        code = body.get("error", body).get("code")
        if code in BY_CHANCE:
            self._ledger.refused[str(code)] += 1
        elif code is not None and code not in expected:
            raise AssertionError(f"refused: {body}")
        return body

    async def _ask(self, event: str, body: dict[str, Any], *expected: str) -> dict[str, Any]:
        return self._judge(await self._socket.call(event, body), *expected)

    async def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = await self._rest.http.request(method, f"/api/v1/{path}", json=body)
        return self._judge(answer.json()) if answer.content else {}

    def _message(self, to_id: str, to_type: str = "room", **more: object) -> dict[str, Any]:
        text = self._dice.choice(["hello", "x" * 1000, "**bold** `code`", "ünïcödé 🐾"])
        return {"to_type": to_type, "to_id": to_id, "payload": {"kind": "text", "text": text}} | more

    def _peer(self) -> str:
        return f"agent-{int(self._name[6:]) ^ 1}"

    async def _say(self) -> None:
        await self._ask("chat_send", self._message(self._dice.choice(ROOMS)))

    async def _say_by_rest(self) -> None:
        await self._call(
            "POST", "messages", {"to_type": "room", "to_id": self._dice.choice(ROOMS), "text": "rest"}
        )

    async def _repeat(self) -> None:
        self._said += 1
        message = self._message("global", id=f"{self._name}.{self._said}.{time.monotonic_ns()}")
        for _ in range(3):
            await self._ask("chat_send", message)

    async def _direct(self) -> None:
        await self._ask("chat_send", self._message(self._peer(), "dm"))

    async def _read(self) -> None:
        await self._ask("chat_history", {"room": self._dice.choice(ROOMS), "limit": 50})
        await self._call("GET", self._dice.choice(["rooms", "agents", "presence", "rooms/alpha/history"]))

    async def _type(self) -> None:
        await self._ask("chat_typing", {"to_type": "room", "to_id": self._dice.choice(ROOMS), "typing": True})

    async def _presence(self) -> None:
        await self._ask("presence_set", {"status": self._dice.choice(["online", "idle"])})

    async def _report(self) -> None:
        await self._ask("report", {"specs": {"load": self._dice.random()}})

    async def _enter(self) -> None:
        room = self._dice.choice(ROOMS[1:])
        await self._ask("room_leave", {"room": room})
        await self._ask("room_join", {"room": room})

    async def _own_room(self) -> None:
        room = f"room-{self._dice.randrange(10_000)}"
        made = await self._ask("room_create", {"room": room, "members": [self._peer()]})
        if made["ok"]:
            for _ in range(5):
                await self._ask("chat_send", self._message(room))
            answer = await self._operator.http.delete(f"/api/v1/rooms/{room}")
            assert answer.status_code in {204, 404}, answer.text

    async def _retract(self) -> None:
        sent = await self._ask("chat_send", self._message("global"))
        await self._ask("chat_delete", {"room": "global", "id": sent["id"], "reason": "second thoughts"})

    async def _mistake(self) -> None:
        await self._ask("chat_send", {"to_type": "nowhere"}, "invalid_request")
        await self._ask("chat_history", {"room": "p-0000"})

    async def _rename(self) -> None:
        # Of a few names only: what an agent was ever called is kept for good.
        await self._ask("handle_set", {"handle": f"{self._name}-{self._dice.choice('abc')}"})

    async def _reconnect(self) -> None:
        await self._socket.close()
        await self._socket.connect()

    async def _rotate(self) -> None:
        body = {"overlap": 0}
        answer = await self._call("POST", f"tokens/{self._token.split('_')[1]}/rotate", body)
        self._token = answer["secret"]
        await self._socket.close()
        await self._rest.http.aclose()
        self._socket, self._rest = RawAgent(self._relay.url, self._token), Calls(self._relay.url, self._token)
        await self._socket.connect()

    async def _console(self) -> None:
        async with httpx.AsyncClient(base_url=self._relay.url, timeout=30, trust_env=False) as browser:
            signed_in = await browser.post("/login", data={"token": self._relay.token})
            assert signed_in.status_code == 303, signed_in.text
            assert (await browser.get("/dashboard")).status_code == 200
            await browser.post("/logout")

    async def _stranger(self) -> None:
        async with Rest(self._relay.url, None) as stranger:
            asked = await stranger.http.post("/api/v1/joins", json={"agent_id": f"{self._name}-twin"})
            assert asked.status_code in {202, 429}, asked.text
            refused = await RawAgent(self._relay.url, "clw_0000_0000").refused()
            assert refused["code"] == "unauthenticated"


async def fill(relay: Relay, tokens: list[str], count: int) -> None:
    """Say so much that what is bounded has reached its bound; two at a time, so that few have to read it."""
    for first in range(0, len(tokens), 2):
        rooms = (*ROOMS, dm_room(f"agent-{first}", f"agent-{first + 1}"))
        async with AsyncExitStack() as stack:
            pair = [
                await stack.enter_async_context(LightAgent(relay.url, token))
                for token in tokens[first : first + 2]
            ]
            names = [f"fill-{first}", f"fill-{first + 1}"]
            await asyncio.gather(*map(_fill, pair, names, repeat(rooms), repeat(count)))


async def _fill(agent: LightAgent, name: str, rooms: Sequence[str], count: int) -> None:
    slots = asyncio.Semaphore(IN_FLIGHT)

    async def say(index: int) -> None:
        async with slots:
            # As long as the ids that the relay gives, or what is kept would change its size for hours.
            await agent.say(rooms[index % len(rooms)], f"{name}-{index:0>25}", "x" * 200)

    for start in range(0, count, 1000):
        await asyncio.gather(*(say(index) for index in range(start, min(start + 1000, count))))
        agent.heard.clear()


async def watch(relay: Relay, operator: Rest, ledger: Ledger, until: float) -> None:
    """Take samples until the time has come."""
    begin = time.monotonic()
    while time.monotonic() < until:
        buckets = len((await operator.http.get("/api/v1/limits")).json()["items"])
        process = relay.process
        rss = process.memory_info().rss
        ledger.samples.append(Sample(time.monotonic() - begin, rss, process.num_fds(), buckets))
        await asyncio.sleep(SAMPLE)


def slope(samples: list[Sample]) -> float:
    """Return by how many MB the relay grows in ten minutes, by least squares."""
    count = len(samples)
    mean_at = sum(each.at for each in samples) / count
    mean_rss = sum(each.rss for each in samples) / count
    spread = sum((each.at - mean_at) ** 2 for each in samples)
    moved = sum((each.at - mean_at) * (each.rss - mean_rss) for each in samples)
    return moved / spread * 600 / _MB if spread else 0.0


async def run(minutes: float, store: str, fill_with: int) -> dict[str, Any]:
    """Start a relay, live in it for so many minutes, and report."""
    ledger = Ledger()
    folder = Path(tempfile.mkdtemp(prefix="endurance-"))
    relay = Relay(folder, store=store, keep_messages=KEEP, loop_limit=0, **UNLIMITED).start()
    try:
        async with Calls(relay.url, relay.token) as operator:
            tokens = [await operator.enrol(f"agent-{number}") for number in range(AGENTS)]
            for room in ROOMS[1:]:
                members = [f"agent-{number}" for number in range(AGENTS)]
                await operator.http.post("/api/v1/rooms", json={"id": room, "members": members})
            await fill(relay, tokens, fill_with)
            until = time.monotonic() + minutes * 60
            walkers = [
                Walker(relay, operator, f"agent-{number}", token, ledger)
                for number, token in enumerate(tokens)
            ]
            await asyncio.gather(
                watch(relay, operator, ledger, until), *(walker.walk(until) for walker in walkers)
            )
            verdict = (await operator.http.get("/api/v1/audit/verify")).json()
            kept = len((await operator.http.get("/api/v1/tokens")).json()["items"])
        ledger.errors += [str(fault)[-1000:] for fault in relay.faults()]
        assert verdict["ok"], verdict
    finally:
        relay.kill()
    return _report(ledger, minutes, audit=verdict["head"], tokens=kept)


def _report(ledger: Ledger, minutes: float, **more: object) -> dict[str, Any]:
    settled = [each for each in ledger.samples if each.at >= minutes * 60 * WARM_UP]
    first, last = settled[0], settled[-1]
    return {
        "minutes": minutes,
        "operations": ledger.done.total(),
        "deeds": dict(sorted(ledger.done.items())),
        "refused_by_chance": dict(ledger.refused),
        "errors": len(ledger.errors),
        "first_errors": ledger.errors[:5],
        "last_errors": ledger.errors[5:][-5:],
        "rss_mb_after_warm_up": round(first.rss / _MB, 1),
        "rss_mb_at_end": round(last.rss / _MB, 1),
        "slope_mb_per_10_min": round(slope(settled), 2),
        "descriptors": [first.descriptors, last.descriptors],
        "buckets": [first.buckets, last.buckets],
        **more,
    }


def main() -> int:
    """Run as a program; 1 says that it grew or failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument(
        "--fill", type=int, help="messages of each agent before the measurement begins; enough if not given"
    )
    parser.add_argument("--store", default="memory", help="as in CLAWNET_STORE")
    given = parser.parse_args()
    fill_with = given.fill or (FILL_MEMORY if given.store == "memory" else FILL)
    report = asyncio.run(run(given.minutes, given.store, fill_with))
    sys.stdout.write(json.dumps(report) + "\n")
    return int(bool(report["errors"]) or report["slope_mb_per_10_min"] > MOST)


if __name__ == "__main__":
    sys.exit(main())
