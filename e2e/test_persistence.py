"""Persistence: what was acknowledged is there after a restart, in every store, however it was turned on."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from e2e.conftest import StartRelay
from e2e.databases import Cluster
from e2e.forks import ROOT
from e2e.relay import Relay
from e2e.rest import Rest
from protocol.errors import Forbidden, InvalidRequest

STORES = ("json", "sqlite", "postgresql")
OLD_STATE = {
    "tasks": [],
    "messages": [
        {"from": "atlas", "to": "all", "msg": "hello", "ts": "2025-03-01T10:00:00.000Z", "localId": "x"},
        {"from": "borealis", "to": "#alpha", "msg": "in the room", "ts": 1_740_823_201_000},
        {"from": "atlas", "to": "borealis", "msg": "between us", "ts": "2025-03-01T10:00:02.000Z"},
    ],
}


@pytest.fixture(params=STORES)
async def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty store of each durable kind."""
    if request.param == "postgresql":
        cluster: Cluster = request.getfixturevalue("cluster")
        return await cluster.empty_database()
    return f"{request.param}:{tmp_path / 'kept'}"


def cli(
    relay: Relay, *words: str, token: str | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run one command, the operator's unless a token says otherwise."""
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *words],
        env={
            "CLAWNET_URL": relay.url,
            "CLAWNET_TOKEN": token or relay.token,
            "PYTHONPATH": str(ROOT),
            "PATH": "/usr/bin",
        }
        | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


async def texts(rest: Rest, room: str = "global") -> list[str]:
    """Return what was said in a room."""
    return [item["payload"]["text"] for item in await rest.history(room)]


async def test_three_messages_are_there_after_a_restart(start_relay: StartRelay, address: str) -> None:
    relay = start_relay(store=address)
    async with Rest(relay.url, relay.token) as operator:
        for text in ("one", "two", "three"):
            await operator.say(text)
        epoch = (await operator.http.get("/api/v1/persistence")).json()["epoch"]
    relay.kill()

    relay.restart()

    async with Rest(relay.url, relay.token) as operator:
        assert await texts(operator) == ["one", "two", "three"]
        assert (await operator.http.get("/api/v1/persistence")).json()["epoch"] == epoch
        assert (await operator.say("four"))["offset"] == 4


async def test_a_warden_turns_persistence_on_and_it_stays_on(start_relay: StartRelay, address: str) -> None:
    relay = start_relay()
    async with Rest(relay.url, relay.token) as operator:
        before = await operator.say("before")
        first = (await operator.http.get("/api/v1/persistence")).json()
        warden = await operator.enrol("keeper", role="warden")
        async with Rest(relay.url, warden) as keeper:
            switched = await keeper.http.put("/api/v1/persistence", json={"url": address})
        after = [await operator.say(text) for text in ("one", "two", "three")]
    relay.kill()

    relay.restart()

    async with Rest(relay.url, relay.token) as operator:
        state = (await operator.http.get("/api/v1/persistence")).json()
        assert switched.status_code == 200, switched.text
        assert (before["durability"], {said["durability"] for said in after}) == ("memory", {"disk"})
        assert (state["durability"], state["epoch"]) == ("disk", first["epoch"])
        history = await operator.history()
        assert [item["payload"]["text"] for item in history] == ["before", "one", "two", "three"]
        assert [item["offset"] for item in history] == [said["offset"] for said in (before, *after)]
        trail = (await operator.http.get("/api/v1/audit")).json()["items"]
        (record,) = [each for each in trail if each["action"] == "persistence.switch"]
        assert (record["actor"], record["target"]) == ("keeper", state["address"])
        assert (await operator.http.get("/api/v1/audit/verify")).json()["ok"]
    async with Rest(relay.url, warden) as keeper:
        assert (await keeper.http.get("/api/v1/agents/me")).json()["agent"]["role"] == "warden"


async def test_a_warden_turns_persistence_on_from_the_command_line(
    start_relay: StartRelay, address: str
) -> None:
    relay = start_relay()
    async with Rest(relay.url, relay.token) as operator:
        await operator.say("before")
        warden, worker = await operator.enrol("keeper", role="warden"), await operator.enrol("hand")
        tried = cli(relay, "persistence", "test", token=warden, CLAWNET_NEW_STORE=address)
        untouched = (await operator.http.get("/api/v1/persistence")).json()
        refused = cli(relay, "persistence", "set", token=worker, CLAWNET_NEW_STORE=address)
        done = cli(relay, "persistence", "set", token=warden, CLAWNET_NEW_STORE=address)
        wrong = cli(relay, "persistence", "set", "--to", "sqlite:/proc/nowhere/x.db", token=warden)
        await operator.say("after")
    relay.kill()

    relay.restart()

    shown = cli(relay, "persistence", "show", token=warden)
    assert (tried.returncode, untouched["durability"]) == (0, "memory"), tried.stderr
    assert refused.returncode == Forbidden.exit_code, refused.stderr
    assert done.returncode == 0, done.stderr
    assert wrong.returncode == InvalidRequest.exit_code
    assert "/proc/nowhere/x.db can't be written" in wrong.stderr
    assert "(disk), takes writes" in shown.stdout
    async with Rest(relay.url, relay.token) as operator:
        assert await texts(operator) == ["before", "after"]


async def test_the_password_of_a_store_is_never_read_back(
    start_relay: StartRelay, cluster: Cluster, tmp_path: Path
) -> None:
    url = await cluster.empty_database()
    password = url.removeprefix("postgresql://").partition("@")[0].partition(":")[2]
    relay = start_relay()
    async with Rest(relay.url, relay.token) as operator:
        form = {"supabase_url": url, "supabase_key": "a-key-that-nobody-needs"}
        done = await operator.http.post("/api/settings", data=form)
        backup = cli(relay, "backup", str(tmp_path / "all.ndjson"))
        told = [
            (await operator.http.get(f"/api/v1/{path}")).text for path in ("persistence", "audit", "agents")
        ]
        page = await operator.http.get("/settings")
    shown = cli(relay, "persistence", "show")
    relay.kill()
    relay.restart()

    held = (tmp_path / "all.ndjson").read_text()
    everything = "".join([*told, page.text, shown.stdout, held, relay.log()])
    assert (done.status_code, backup.returncode) == (303, 0)
    assert ":***@" in shown.stdout
    assert password not in everything
    assert "a-key-that-nobody-needs" not in everything


async def test_a_store_that_cannot_be_opened_changes_nothing(start_relay: StartRelay) -> None:
    relay = start_relay()
    async with Rest(relay.url, relay.token) as operator:
        answers = [
            await operator.http.put("/api/v1/persistence", json={"url": url})
            for url in ("mysql://here", "sqlite:/proc/nowhere/x.db", "postgresql://u:secret@127.0.0.1:9/x")
        ]
        said = await operator.say("still here")

    assert [answer.status_code for answer in answers] == [422, 422, 422]
    reasons = "no store of this kind", "can't be written", "nothing can be reached there"
    for answer, reason in zip(answers, reasons, strict=True):
        assert reason in answer.json()["detail"]
    assert "secret" not in "".join(answer.text for answer in answers) + relay.log()
    assert said["durability"] == "memory"


async def test_the_old_settings_form_takes_a_connection_string_or_says_what_to_enter(
    start_relay: StartRelay, cluster: Cluster
) -> None:
    relay = start_relay()
    async with Rest(relay.url, relay.token) as operator:
        project = {"supabase_url": "https://x.supabase.co", "supabase_key": "key"}
        hint = await operator.http.post("/api/settings", data=project)
        done = await operator.http.post(
            "/api/settings", data={"supabase_url": await cluster.empty_database()}
        )
        said = await operator.say("kept")

    assert hint.status_code == 422
    assert "postgresql://" in hint.json()["detail"]
    assert (done.status_code, done.headers["location"]) == (303, "/dashboard")
    assert said["durability"] == "disk"


async def test_a_backup_is_restored_into_another_store_under_a_new_epoch(
    start_relay: StartRelay, address: str, tmp_path: Path
) -> None:
    first = start_relay()
    async with Rest(first.url, first.token) as operator:
        for number in range(20):
            await operator.say(f"entry {number}")
        epoch = (await operator.http.get("/api/v1/persistence")).json()["epoch"]
    backup = cli(first, "backup", str(tmp_path / "all.ndjson"))
    restore = cli(first, "restore", str(tmp_path / "all.ndjson"), "--to", address)

    second = start_relay(store=address)

    async with Rest(second.url, second.token) as operator:
        state = (await operator.http.get("/api/v1/persistence")).json()
        assert (backup.returncode, restore.returncode) == (0, 0), backup.stderr + restore.stderr
        assert await texts(operator) == [f"entry {number}" for number in range(20)]
        assert state["epoch"] != epoch
        assert (await operator.http.get("/api/v1/audit/verify")).json()["ok"]


async def test_a_backup_that_was_cut_short_is_refused(start_relay: StartRelay, tmp_path: Path) -> None:
    relay = start_relay()
    cli(relay, "backup", str(tmp_path / "all.ndjson"))
    lines = (tmp_path / "all.ndjson").read_bytes().splitlines(keepends=True)
    (tmp_path / "short.ndjson").write_bytes(b"".join(lines[:-2] + lines[-1:]))

    refused = cli(relay, "restore", str(tmp_path / "short.ndjson"), "--to", f"sqlite:{tmp_path / 'new.db'}")

    assert refused.returncode == 2
    assert "manifest" in refused.stderr
    assert not (tmp_path / "new.db").exists()


async def test_the_predecessors_history_is_taken_in_once(start_relay: StartRelay, tmp_path: Path) -> None:
    relay = start_relay()
    state = tmp_path / "state.json"
    state.write_text(json.dumps(OLD_STATE))

    first, again = (json.loads(cli(relay, "import", str(state), "--json").stdout) for _ in range(2))

    async with Rest(relay.url, relay.token) as operator:
        history: list[dict[str, Any]] = await operator.history("global")
        assert (first, again) == ({"stored": 3, "repeated": 0}, {"stored": 0, "repeated": 3})
        assert [(item["from_id"], item["ts"]) for item in history] == [("atlas", "2025-03-01T10:00:00.000Z")]
        assert await texts(operator, "alpha") == ["in the room"]
