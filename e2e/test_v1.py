"""Version 1: clients that know nothing of version 2 work beside its agents, in the same rooms."""

import asyncio
import importlib.util
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from e2e.agents import RawAgent
from e2e.conftest import StartRelay
from e2e.forks import ROOT
from e2e.paces import UNLIMITED
from e2e.relay import Relay
from e2e.rest import Rest
from e2e.v1.driver import OldClient

SECRET = "a-secret-that-all-v1-clients-share"
TRANSPORTS = [("websocket",), ("polling",), ("polling", "websocket")]

Start = Callable[[], Awaitable[OldClient]]


@pytest.fixture(params=["node", "python"])
def language(request: pytest.FixtureRequest) -> str:
    """Name the language of the old client."""
    if request.param == "node":
        assert shutil.which("node"), "run `make setup` first"
        assert (ROOT / "node_modules" / "socket.io-client").exists(), "run `make setup` first"
    else:
        missing = [name for name in ("requests", "websocket") if importlib.util.find_spec(name) is None]
        assert not missing, f"python-socketio's own client needs {missing}: run `make setup` first"
    return str(request.param)


@pytest.fixture
def relay(start_relay: StartRelay) -> Relay:
    """Start a relay whose operator lets old clients in."""
    return start_relay(secret_key=SECRET)


@pytest.fixture
async def start(language: str, stack: AsyncExitStack) -> Start:
    """Start old clients."""

    async def started() -> OldClient:
        return await stack.enter_async_context(OldClient(language))

    return started


@pytest.fixture
async def operator(relay: Relay) -> AsyncIterator[Rest]:
    """Return the operator's own way into the relay."""
    async with Rest(relay.url, relay.token) as rest:
        yield rest


@pytest.fixture
async def peer(relay: Relay, operator: Rest, stack: AsyncExitStack) -> RawAgent:
    """Connect an agent that speaks version 2."""
    return await stack.enter_async_context(RawAgent(relay.url, await operator.enrol("peer")))


async def connect(start: Start, relay: Relay, agent_id: str, role: str = "worker") -> OldClient:
    """Connect an old client as they all do."""
    client = await start()
    await client.connect(relay.url, token=SECRET, agent_id=agent_id, role=role, specs={"os": "any"})
    return client


async def heard(client: OldClient, event: str) -> list[Any]:
    """Wait until a client has heard such an event and return all of them."""
    return list(await client.until(lambda: client.heard(event)))


@pytest.mark.parametrize("transports", TRANSPORTS, ids="+".join)
async def test_it_connects_and_talks_on_every_transport(
    relay: Relay, start: Start, peer: RawAgent, transports: tuple[str, ...]
) -> None:
    old = await start()

    await old.connect(relay.url, transports, token=SECRET, agent_id="old-1", role="worker")
    await old.ask("chat", {"msg": "good day", "localId": "mine"})
    await peer.until(lambda: peer.texts() == ["good day"])
    await peer.say("and to you")

    await old.until(lambda: len(old.heard("intel_update")) == 2)
    said = sorted(old.heard("chat_update"), key=lambda each: str(each["ts"]))
    assert [(each["from"], each["to"], each["msg"], each["localId"]) for each in said] == [
        ("old-1", "all", "good day", "mine"),
        ("peer", "all", "and to you", None),
    ]
    assert all(set(each) == {"from", "to", "msg", "ts", "localId"} for each in said)
    told = [each["message"] for each in old.heard("intel_update")]
    assert old.arranged(told) == old.arranged(said)


@pytest.mark.usefixtures("peer")
async def test_fleet_is_told_whole_and_follows_what_is_reported(relay: Relay, start: Start) -> None:
    old = await connect(start, relay, "old-1", "master")
    other = await connect(start, relay, "old-2")
    await old.until(lambda: old.agent("old-2").get("status") == "online")

    await other.ask("report", {"specs": {"cpu_percent": 7}, "cron": ["c"], "sessions": [{"id": "s"}]})
    shown = await old.until(lambda: old.agent("old-2") if old.agent("old-2")["sessions"] else None)

    assert old.agent("old-1")["specs"] == {"os": "any"}
    assert (shown["role"], shown["specs"], shown["cron"]) == ("worker", {"cpu_percent": 7}, ["c"])
    assert old.agent("peer")["status"] == "online"
    await other.close()
    await old.until(lambda: old.agent("old-2")["status"] == "offline")


async def test_small_events_are_acknowledged(relay: Relay, start: Start) -> None:
    old = await connect(start, relay, "old-1")

    assert await old.call("agent_hello", {"capabilities": {"offline_outbox": True}}) == {"ok": True}
    assert isinstance((await old.ask("latency_ping"))["server_ts"], str)
    assert await old.call("chat", {"message": "the other word"}) == {"ok": True}
    assert await old.call("message", {"msg": "the other event", "to": None}) == {"ok": True}
    assert (await old.call("chat", {"msg": "to nobody", "to": "nobody"}))["ok"] is False
    assert (await old.call("chat", {"to": "all"}))["ok"] is False
    assert (await old.call("typing", {"to": "all"}))["ok"] is False
    await old.until(lambda: old.texts() == ["the other word", "the other event"])


async def test_message_is_stored_once_whoever_sends_it_again(
    relay: Relay, start: Start, operator: Rest
) -> None:
    old = await connect(start, relay, "old-1")

    acks = [await old.call("chat", {"msg": "once", "localId": "a/b 1"}) for _ in range(3)]

    assert acks == [{"ok": True}, {"ok": True, "deduped": True}, {"ok": True, "deduped": True}]
    assert [each["payload"]["text"] for each in await operator.history()] == ["once"]
    assert [each["localId"] for each in old.heard("chat_update")] == ["a/b 1"]


async def test_room_is_made_on_first_use_and_shared_with_version_2(
    relay: Relay, start: Start, peer: RawAgent
) -> None:
    old, other = await connect(start, relay, "old-1"), await connect(start, relay, "old-2")

    await old.ask("join_room", {"room": "#alpha"})
    await peer.ask("room_join", {"room": "alpha"})
    await old.ask("chat", {"to": "#alpha", "msg": "in the room"})
    await peer.until(lambda: peer.texts("alpha") == ["in the room"])
    await peer.say("heard you", to_type="room", to_id="alpha")
    await old.until(lambda: old.texts("#alpha") == ["in the room", "heard you"])
    await other.ask("chat", {"to": "#beta", "msg": "a room of my own"})
    await peer.ask("room_leave", {"room": "alpha"})
    updates = await old.until(lambda: len(old.heard("room_update")) >= 3 and old.heard("room_update"))

    assert updates == [
        {"action": "join", "agent_id": "old-1", "room": "#alpha", "members": ["old-1"]},
        {"action": "join", "agent_id": "peer", "room": "#alpha", "members": ["old-1", "peer"]},
        {"action": "leave", "agent_id": "peer", "room": "#alpha", "members": ["old-1"]},
    ]
    assert other.texts("#alpha") == []
    await old.ask("leave_room", {"room": "#alpha"})
    assert (await old.call("leave_room", {"room": "#nowhere"}))["ok"] is False
    assert (await old.call("join_room", {"room": "#no room"}))["ok"] is False


async def test_direct_messages_go_both_ways_and_to_nobody_else(
    relay: Relay, start: Start, peer: RawAgent, operator: Rest
) -> None:
    old, other = await connect(start, relay, "old-1"), await connect(start, relay, "old-2", "master")

    await old.ask("chat", {"to": "peer", "msg": "for you"})
    await peer.until(lambda: peer.texts("dm:old-1:peer") == ["for you"])
    await peer.say("for old-1", to_type="dm", to_id="old-1")
    await old.ask("chat", {"to": "master-ui", "msg": "to whom it may concern"})
    await old.until(lambda: old.texts("old-1") == ["for old-1"])
    await peer.say("that is all")
    await other.until(lambda: other.texts() == ["that is all"])

    assert other.texts() == [each["msg"] for each in other.heard("chat_update")]
    assert [each["payload"]["text"] for each in await operator.history("dm:old-1:operator")] == [
        "to whom it may concern"
    ]


async def test_private_room_stays_private(relay: Relay, start: Start, peer: RawAgent) -> None:
    old, other = await connect(start, relay, "old-1"), await connect(start, relay, "old-2", "master")
    made = await peer.ask("room_create", {"room": "den", "visibility": "private", "members": ["old-1"]})
    room = made["room"]["id"]

    await peer.say("inside", to_type="room", to_id=room)
    await old.until(lambda: old.texts(f"#{room}") == ["inside"])
    await old.ask("chat", {"to": f"#{room}", "msg": "me too"})
    await peer.until(lambda: peer.texts(room) == ["inside", "me too"])
    refused = [
        await other.call("join_room", {"room": f"#{room}"}),
        await other.call("chat", {"to": f"#{room}", "msg": "let me in"}),
    ]
    await peer.say("that is all")
    await other.until(lambda: other.texts() == ["that is all"])

    assert [ack["ok"] for ack in refused] == [False, False]
    assert len(other.heard("chat_update")) == 1
    assert other.heard("room_update") == []


async def test_burst_of_fifty_messages_arrives_whole_and_in_order(
    relay: Relay, start: Start, peer: RawAgent
) -> None:
    old, other = await connect(start, relay, "old-1"), await connect(start, relay, "old-2")
    texts = [f"number {number}" for number in range(50)]

    await old.burst("chat", [{"to": "all", "msg": text} for text in texts])

    await peer.until(lambda: len(peer.texts()) >= 50)
    await other.until(lambda: len(other.texts()) >= 50)
    assert peer.texts() == texts
    assert other.arranged(other.texts()) == other.arranged(texts)


async def test_what_was_written_is_not_sent_again_and_what_was_missed_is(
    relay: Relay, start: Start, peer: RawAgent
) -> None:
    old = await connect(start, relay, "old-1")
    for number in range(20):
        await peer.say(f"before {number}")
    await old.until(lambda: len(old.texts()) == 20)
    # Version 2 would send again after two seconds without a word.
    await asyncio.sleep(3)
    await old.close()
    await old.until(lambda: old.heard("disconnect"))
    for number in range(20):
        await peer.say(f"meanwhile {number}")

    back = await connect(start, relay, "old-1")
    await back.until(lambda: len(back.texts()) >= 20)
    await peer.say("after")
    await back.until(lambda: "after" in back.texts())

    before = [f"before {number}" for number in range(20)]
    missed = [*(f"meanwhile {number}" for number in range(20)), "after"]
    assert old.arranged(old.texts()) == old.arranged(before)
    assert back.arranged(back.texts()) == back.arranged(missed)


async def test_roles_are_reassigned_by_masters_alone(relay: Relay, start: Start) -> None:
    master, worker = await connect(start, relay, "boss", "MASTER"), await connect(start, relay, "old-1")

    refused = await worker.call("reassign_role", {"agent_id": "old-1", "role": "master"})
    await master.ask("reassign_role", {"agent_id": "old-1", "role": "Warden"})

    assert refused["ok"] is False
    await master.until(lambda: master.agent("old-1").get("role") == "warden")
    assert (await worker.call("chat", {"msg": "wardens do not speak"}))["ok"] is False
    assert (await master.call("reassign_role", {"agent_id": "old-1", "role": "king"}))["ok"] is False


@pytest.mark.usefixtures("peer")
async def test_wardens_see_the_traffic_and_what_they_read_is_recorded(
    relay: Relay, start: Start, operator: Rest
) -> None:
    warden, worker = await connect(start, relay, "watch", "warden"), await connect(start, relay, "old-1")

    await worker.ask("chat", {"to": "peer", "msg": "between us"})
    told = await warden.until(lambda: [each for each in warden.heard("traffic") if each["type"] == "chat"])

    assert [{key: each[key] for key in ("from", "to", "msg")} for each in told] == [
        {"from": "old-1", "to": "peer", "msg": "between us"}
    ]
    assert all(each["ts"] for each in warden.heard("traffic"))
    assert warden.texts("peer") == []
    assert worker.heard("traffic") == []
    items = (await operator.http.get("/api/v1/audit", params={"limit": 1000})).json()["items"]
    reads = [(each["actor"], each["target"]) for each in items if each["action"] == "message.read"]
    assert reads == [("watch", "dm:old-1:peer")]


@pytest.mark.usefixtures("peer")
async def test_shared_login_is_recorded_and_is_nobody_who_has_a_token(
    relay: Relay, start: Start, operator: Rest
) -> None:
    await connect(start, relay, "old-1")
    impostor = await start()

    refusal = await impostor.refused(relay.url, token=SECRET, agent_id="peer", role="master")

    items = (await operator.http.get("/api/v1/audit", params={"limit": 1000})).json()["items"]
    assert [each["actor"] for each in items if each["action"] == "login.shared"] == ["old-1"]
    assert refusal["code"] == "forbidden"


async def test_own_token_says_who_it_is(relay: Relay, start: Start, operator: Rest) -> None:
    token = await operator.enrol("mine", "worker")
    old = await start()

    await old.connect(relay.url, token=token, agent_id="somebody-else", role="master")
    await old.ask("chat", {"msg": "it is me"})
    refused = await old.call("reassign_role", {"agent_id": "mine", "role": "master"})

    said = await old.until(lambda: old.heard("chat_update"))
    assert said[0]["from"] == "mine"
    assert refused["ok"] is False


async def test_stranger_is_refused(relay: Relay, start: Start) -> None:
    stranger = await start()

    refusal = await stranger.refused(relay.url, token="wrong", agent_id="old-1", role="worker")

    assert refusal["code"] == "unauthenticated"


async def test_secret_opens_nothing_where_none_is_set(start_relay: StartRelay, start: Start) -> None:
    relay = start_relay(**UNLIMITED)
    old = await start()

    refusal = await old.refused(relay.url, token=SECRET, agent_id="old-1", role="worker")

    assert refusal["code"] == "unauthenticated"


async def test_command_is_run_once_and_its_result_comes_back(
    relay: Relay, start: Start, peer: RawAgent
) -> None:
    boss, worker = await connect(start, relay, "boss", "master"), await connect(start, relay, "old-1")

    await boss.ask("dispatch", {"to": "old-1", "cmd": "echo something"})
    (order,) = await worker.until(lambda: worker.heard("command"))
    await worker.ask("command_ack", {"id": order["id"], "trace_id": order["trace_id"]})
    await boss.until(lambda: boss.task(id=order["id"], status="RUNNING"))
    await worker.ask("task_result", {"id": order["id"], "status": "running", "output": "half"})
    await worker.ask("task_result", {"id": order["id"], "status": "Success", "output": "something"})
    await worker.ask("task_result", {"id": order["id"], "status": "SUCCESS", "output": "something"})

    assert order == {"id": order["id"], "cmd": "echo something", "trace_id": order["trace_id"]}
    done = await boss.until(lambda: boss.task(id=order["id"], status="SUCCESS"))
    assert (done["agent_id"], done["cmd"], done["result"]) == ("old-1", "echo something", "something")
    told = await boss.until(lambda: [each for each in boss.heard("intel_update") if each["type"] == "task"])
    assert [each["task"]["id"] for each in told] == [order["id"]]
    assert len(worker.heard("command")) == 1
    assert peer.heard("task_update") == []


async def test_result_alone_is_enough(relay: Relay, start: Start) -> None:
    boss, worker = await connect(start, relay, "boss", "master"), await connect(start, relay, "old-1")

    await boss.emit("dispatch", {"to": "old-1", "cmd": "/exec false"})
    (order,) = await worker.until(lambda: worker.heard("command"))
    await worker.emit("task_result", {"id": order["id"], "status": "FAIL", "output": {"code": 1}})

    done = await boss.until(lambda: boss.task(status="FAIL"))
    assert (done["cmd"], done["result"]) == ("/exec false", '{"code":1}')


async def test_task_waits_for_an_agent_that_is_away(relay: Relay, start: Start) -> None:
    boss, worker = await connect(start, relay, "boss", "master"), await connect(start, relay, "old-1")
    await worker.close()
    await boss.until(lambda: boss.agent("old-1").get("status") == "offline")

    await boss.ask("dispatch", {"to": "old-1", "cmd": "echo later"})
    await boss.until(lambda: boss.task(cmd="echo later", status="QUEUED"))
    back = await connect(start, relay, "old-1")

    (order,) = await back.until(lambda: back.heard("command"))
    assert order["cmd"] == "echo later"


async def test_risky_command_waits_for_approval(relay: Relay, start: Start) -> None:
    boss, worker = await connect(start, relay, "boss", "master"), await connect(start, relay, "old-1")

    await boss.ask("dispatch", {"to": "old-1", "cmd": "/exec rm -rf build"})
    held = await boss.until(lambda: boss.task(status="AWAITING_APPROVAL"))
    refused = await worker.call("approve_task", {"id": held["id"]})
    assert worker.heard("command") == []
    await boss.ask("approve_task", {"id": held["id"]})

    (order,) = await worker.until(lambda: worker.heard("command"))
    assert refused["ok"] is False
    assert (order["id"], order["cmd"]) == (held["id"], "/exec rm -rf build")


async def test_command_that_is_not_allowed_is_rejected(start_relay: StartRelay, start: Start) -> None:
    relay = start_relay(secret_key=SECRET, deny_commands='["*format*"]')
    boss, worker = await connect(start, relay, "boss", "master"), await connect(start, relay, "old-1")

    await boss.ask("dispatch", {"to": "old-1", "cmd": "/exec format c:"})

    await boss.until(lambda: boss.task(status="REJECTED"))
    assert worker.heard("command") == []


async def test_tasks_cross_between_the_versions(relay: Relay, start: Start, peer: RawAgent) -> None:
    boss, worker = await connect(start, relay, "boss", "master"), await connect(start, relay, "old-1")

    await boss.ask("dispatch", {"to": "peer", "cmd": "what is new?"})
    (order,) = await peer.until(lambda: peer.heard("task_dispatch"))
    await peer.ask("task_ack", {"task_id": order["task"]["id"], "lease": order["lease"]})
    result = {"task_id": order["task"]["id"], "lease": order["lease"], "state": "succeeded", "output": "all"}
    await peer.ask("task_result", result)
    await boss.until(lambda: boss.task(agent_id="peer", status="SUCCESS", result="all"))
    made = await peer.ask("task_dispatch", {"to": ["old-1"], "command": "sessions", "args": ["3"]})
    (told,) = await worker.until(lambda: worker.heard("command"))
    await worker.ask("task_result", {"id": told["id"], "status": "SUCCESS", "output": "nothing"})
    updates = await peer.until(
        lambda: [each for each in peer.heard("task_update") if each["task"]["state"] == "succeeded"][1:]
    )

    assert (order["task"]["command"], order["task"]["args"]) == ("ask", ["what is new?"])
    assert (told["id"], told["cmd"]) == (made["tasks"][0]["id"], "/sessions 3")
    assert updates[0]["task"]["output"] == "nothing"


async def test_command_to_all_reaches_every_worker(relay: Relay, start: Start, peer: RawAgent) -> None:
    boss = await connect(start, relay, "boss", "master")
    workers = [await connect(start, relay, f"old-{number}") for number in range(2)]

    await boss.ask("dispatch", {"to": "all", "cmd": "/status"})

    orders = [(await heard(each, "command"))[0] for each in workers]
    assert {order["cmd"] for order in orders} == {"/status"}
    assert len({order["trace_id"] for order in orders}) == 1
    assert len({order["id"] for order in orders}) == 2
    assert (await peer.until(lambda: peer.heard("task_dispatch")))[0]["task"]["command"] == "status"


async def test_command_is_run_by_one_connection_of_an_agent(relay: Relay, start: Start) -> None:
    boss = await connect(start, relay, "boss", "master")
    twins = [await connect(start, relay, "old-1") for _ in range(2)]

    await boss.ask("dispatch", {"to": "old-1", "cmd": "echo once"})
    await boss.until(lambda: boss.task(status="RUNNING"))
    await boss.ask("chat", {"msg": "that is all"})
    for twin in twins:
        await heard(twin, "chat_update")

    assert len([order for twin in twins for order in twin.heard("command")]) == 1


async def test_slash_in_a_chat_is_a_character_like_any_other(
    relay: Relay, start: Start, peer: RawAgent
) -> None:
    old = await connect(start, relay, "old-1")

    for text in ("/update", "//twice", "/ask nobody"):
        await old.ask("chat", {"msg": text})

    await peer.until(lambda: peer.texts() == ["/update", "//twice", "/ask nobody"])
