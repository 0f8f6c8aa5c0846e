"""Strict JSON: what two readers could understand differently is refused."""

import json
from typing import Any

import httpx
import pytest

GOOD = {"to_type": "global", "to_id": "global", "text": "hello"}


async def post(operator: httpx.AsyncClient, body: bytes | str, **headers: str) -> httpx.Response:
    sent = {"Content-Type": "application/json"} | headers
    return await operator.post("/api/v1/messages", content=body, headers=sent)


def with_text(raw: str) -> str:
    """Return a message whose text is `raw` as it stands."""
    return json.dumps(GOOD).replace('"hello"', raw)


@pytest.mark.parametrize(
    "body",
    [
        "",
        " ",
        "{",
        "nothing",
        "[]",
        "null",
        '"text"',
        "7",
        b"\xff",
        with_text('"a","text":"b"'),
        with_text('"a","\\u0074ext":"b"'),
        with_text(r'"\ud800"'),
        with_text(r'"\u0000"'),
        with_text("NaN"),
        with_text("Infinity"),
        with_text("1e999"),
        with_text("7"),
        with_text("null"),
        with_text("true"),
        with_text('"   "'),
        with_text('""'),
        with_text("[" * 9 + "]" * 9),
        with_text("[" * 50_000 + "]" * 50_000),
        with_text('"a",}'),
        with_text("\"a\",'x':1"),
        with_text('"a","unknown":1'),
        with_text('"a","from_id":"ann"'),
        with_text('"a","ts":"2020"'),
        with_text('"a","payload":{"kind":"text","text":"b"}'),
        with_text('"' + "x" * 16_001 + '"'),
        json.dumps({"to_type": "global", "to_id": "global"}),
        json.dumps(GOOD | {"to_type": "nowhere"}),
        json.dumps(GOOD | {"to_id": ""}),
        json.dumps(GOOD | {"id": "-"}),
        json.dumps(GOOD | {"id": "a b"}),
        json.dumps(GOOD | {"dedupe_key": "x" * 129}),
        json.dumps({key: GOOD[key] for key in ("to_type", "to_id")} | {"payload": {"kind": "redaction"}}),
    ],
    ids=lambda body: str(body)[:40],
)
async def test_odd_body_is_refused_and_nothing_is_said(
    operator: httpx.AsyncClient, body: str | bytes
) -> None:
    answer = await post(operator, body)

    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_request"
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await operator.get("/api/v1/rooms/global/history")).json()["items"] == []


async def test_refusal_names_the_field_and_repeats_nothing(operator: httpx.AsyncClient) -> None:
    answer = await post(operator, json.dumps(GOOD | {"to_type": "canary"}))

    assert answer.json()["field"] == "to_type"
    assert "canary" not in answer.text


@pytest.mark.parametrize("text", ["hello", "ä 猫 👾", "<script>", "a\nb\t\u2028", "x" * 16_000])
async def test_text_comes_out_as_it_went_in(operator: httpx.AsyncClient, text: str) -> None:
    answer = await post(operator, json.dumps(GOOD | {"text": text}))

    (item,) = (await operator.get("/api/v1/rooms/global/history")).json()["items"]
    assert answer.status_code == 201
    assert item["payload"]["text"] == text


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "application/x+json"]
)
async def test_json_is_read_under_its_types(operator: httpx.AsyncClient, kind: str) -> None:
    assert (await post(operator, json.dumps(GOOD), **{"Content-Type": kind})).status_code == 201


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_what_a_form_can_send_is_not_read(operator: httpx.AsyncClient, kind: str) -> None:
    answer = await post(operator, json.dumps(GOOD), **{"Content-Type": kind})

    assert answer.status_code == 422
    assert answer.json()["detail"] == "send a JSON object, as `Content-Type: application/json`"


async def test_rule_of_ours_is_told_in_our_words(operator: httpx.AsyncClient) -> None:
    window = await operator.get("/api/v1/rooms/global/history?before=1&after=1")
    message = await operator.post("/api/v1/messages", json={"to_type": "global", "to_id": "global"})

    assert window.json()["detail"] == "use one of before, after and around"
    assert message.json()["detail"] == "send either text or payload"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/agents", {"agent_id": "a b"}),
        ("/api/v1/agents", {"agent_id": 7}),
        ("/api/v1/agents", {"agent_id": "ann", "role": "god"}),
        ("/api/v1/agents", {"agent_id": "ann", "handle": "All"}),
        ("/api/v1/handles", {"agent_id": "operator", "handle": "x y"}),
        ("/api/v1/handles", {"agent_id": "operator"}),
        ("/api/v1/rooms", {"id": "Not A Name"}),
        ("/api/v1/rooms", {"id": "alpha", "visibility": "secret"}),
        ("/api/v1/rooms", {"id": "alpha", "members": ["operator"] * 257}),
        ("/api/v1/rooms/global/invite", {"agent_id": ":"}),
        (f"/api/v1/rooms/{'x' * 201}/invite", {"agent_id": "ann"}),
        (f"/api/v1/rooms/{'x' * 201}/kick", {"agent_id": "ann"}),
    ],
)
async def test_body_that_breaks_a_rule_is_refused(
    operator: httpx.AsyncClient, path: str, body: dict[str, Any]
) -> None:
    answer = await operator.post(path, json=body)

    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_request"
