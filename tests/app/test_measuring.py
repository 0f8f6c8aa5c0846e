"""What the relay counts of itself, as Prometheus reads it."""

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from protocol.errors import Unavailable
from tests.app.sockets.polling import Polling
from tests.fakes import OPERATOR_TOKEN, FakeClock, FlakyStore, settings_of

HELLO = {"to_type": "global", "to_id": "global", "text": "hello"}


@pytest.fixture
def operator(http: httpx.AsyncClient) -> httpx.AsyncClient:
    http.headers["Authorization"] = f"Bearer {OPERATOR_TOKEN}"
    return http


async def samples(client: httpx.AsyncClient) -> dict[str, float]:
    """Return all samples by name and labels."""
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = {}
    for family in text_string_to_metric_families(answer.text):
        for each in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(each.labels.items()))
            found[f"{each.name}{{{labels}}}" if labels else each.name] = each.value
    return found


async def test_what_happens_is_counted(operator: httpx.AsyncClient) -> None:
    await operator.post("/api/v1/agents", json={"agent_id": "ann"})
    await operator.post("/api/v1/messages", json=HELLO)
    asked = (await operator.post("/api/v1/tasks", json={"to": "ann", "command": "ping"})).json()
    await operator.post(f"/api/v1/tasks/{asked['tasks'][0]['id']}/cancel")
    for _ in range(2):
        await operator.post("/api/v1/messages", json=HELLO | {"id": "once"})
    await operator.get("/api/v1/rooms/nothing")
    await operator.get("/api/v1/rooms", headers={"Authorization": "Bearer wrong"})

    found = await samples(operator)

    assert found["clawnet_messages_total{kind=global,result=stored}"] >= 1
    assert found["clawnet_tasks{state=cancelled}"] == 1
    assert found["clawnet_task_duration_seconds_count{result=cancelled}"] == 1
    assert found["clawnet_http_requests_total{code=201,method=POST,route=/v1/messages}"] == 2
    assert found["clawnet_dedupe_hits_total"] == 1
    assert found["clawnet_messages_total{kind=global,result=duplicate}"] == 1
    assert found["clawnet_send_queue_bytes"] == 0
    assert found["clawnet_http_requests_total{code=404,method=GET,route=/v1/rooms/{room_id}}"] == 1
    assert found["clawnet_auth_failures_total{reason=rest}"] == 1
    assert found["clawnet_agents{status=offline}"] == 2
    assert found["clawnet_store_operation_duration_seconds_count{op=commit}"] >= 4
    assert found["clawnet_audit_records_total"] >= 4
    assert found["clawnet_store_writable"] == 1
    assert found["clawnet_disk_free_bytes"] > 0
    assert found["process_resident_memory_bytes"] > 0
    assert found["clawnet_build_info{version=4.0.0}"] == 1
    assert not [name for name in found if "_created" in name]


async def test_way_of_a_message_is_counted(operator: httpx.AsyncClient) -> None:
    before = await samples(operator)
    link = Polling(operator)
    await link.connect(protocol=2, token=OPERATOR_TOKEN, resume={"epoch": "first", "offsets": {}})
    await link.until("welcome")
    await link.ask("nonsense")
    await operator.post("/api/v1/messages", json=HELLO)
    await link.until("chat_message")
    await operator.get("/api/v1/events", params={"wait": 0})
    await operator.get("/api/v1/audit/verify")
    await link.post("41")
    await link.status()

    found = await samples(operator)

    assert "clawnet_audit_verify_ok" not in before
    assert found["clawnet_audit_verify_ok"] == 1
    assert found["clawnet_deliveries_total"] == 2
    assert found["clawnet_replay_messages_total"] == 1
    assert found["clawnet_slow_consumer_disconnects_total"] == 0
    assert found["clawnet_resume_total{result=recovered}"] == 1
    assert found["clawnet_disconnects_total{reason=client}"] == 1
    assert found["clawnet_protocol_errors_total{code=invalid_request}"] == 1
    for name in ("clawnet_ack_duration_seconds", "clawnet_delivery_duration_seconds"):
        assert found[f"{name}_count"] == before[f"{name}_count"] + 1
        assert found[f"{name}_bucket{{le=+Inf}}"] == found[f"{name}_count"]


async def test_failure_of_the_store_is_counted(operator: httpx.AsyncClient, store: FlakyStore) -> None:
    store.failure = Unavailable("away")
    await operator.post("/api/v1/messages", json=HELLO)
    store.failure = None

    found = await samples(operator)

    assert found["clawnet_store_errors_total{op=commit}"] >= 1


@pytest.mark.parametrize("settings", [settings_of(rate_rest="3/second")])
async def test_who_calls_too_often_is_counted(operator: httpx.AsyncClient, clock: FakeClock) -> None:
    for _ in range(5):
        await operator.get("/api/v1/rooms")
    clock.advance(2)

    found = await samples(operator)

    assert found["clawnet_rate_limited_total{scope=rest}"] == 2
    assert found["clawnet_http_requests_total{code=429,method=GET,route=none}"] == 2


async def test_no_name_stands_in_a_label(operator: httpx.AsyncClient) -> None:
    body = {"id": "canary-room", "visibility": "private"}
    room = (await operator.post("/api/v1/rooms", json=body)).json()["id"]
    await operator.post("/api/v1/agents", json={"agent_id": "canary"})
    await operator.get(f"/api/v1/rooms/{room}")
    await operator.get(f"/api/v1/nothing/{room}/canary")
    await operator.request("CANARY", "/api/v1/rooms")
    await operator.post("/api/v1/messages", json=HELLO | {"to_type": "room", "to_id": room})

    text = (await operator.get("/metrics")).text.lower()

    assert "canary" not in text
    assert room not in text


async def test_who_has_no_token_reads_nothing(http: httpx.AsyncClient) -> None:
    answer = await http.get("/metrics")

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
