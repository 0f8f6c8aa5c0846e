"""`/api/v1/commands` and `/api/v1/paused`: what can be typed, and the kill switch, over REST."""

import httpx
import pytest

COMMANDS, PAUSED = "/api/v1/commands", "/api/v1/paused"


async def test_commands_are_listed_for_everybody(ann: httpx.AsyncClient) -> None:
    items = {each["name"]: each for each in (await ann.get(COMMANDS)).json()["items"]}

    assert (items["do"]["risk"], items["do"]["category"], items["do"]["runs_at"]) == (2, "Agent", "agent")
    assert items["sessions"]["args"] == [
        {"name": "count", "type": "number", "source": "text", "required": False, "rest": False}
    ]
    assert items["kick"]["args"][0]["source"] == "agent"


@pytest.mark.usefixtures("ann")
async def test_line_is_saved_typed_and_forgotten(operator: httpx.AsyncClient) -> None:
    saved = await operator.put(f"{COMMANDS}/Hail", json={"line": "/ask @ann hail"})
    message = {"to_type": "global", "to_id": "global", "text": "/hail to you"}
    sent = (await operator.post("/api/v1/messages", json=message)).json()
    forgotten = await operator.delete(f"{COMMANDS}/HAIL")
    gone = await operator.delete(f"{COMMANDS}/hail")

    task = (await operator.get(f"/api/v1/tasks/{sent['task_ids'][0]}")).json()
    assert [each.status_code for each in (saved, forgotten, gone)] == [204, 204, 404]
    assert task["args"] == ["hail to you"]


@pytest.mark.parametrize("line", ["", "/", "/ ", "ping", "/nothing"])
async def test_line_that_is_no_command_is_refused(operator: httpx.AsyncClient, line: str) -> None:
    assert (await operator.put(f"{COMMANDS}/hail", json={"line": line})).status_code == 422


async def test_worker_saves_and_forgets_nothing(operator: httpx.AsyncClient, ann: httpx.AsyncClient) -> None:
    await operator.put(f"{COMMANDS}/hail", json={"line": "/ping"})

    assert (await ann.put(f"{COMMANDS}/hail", json={"line": "/status"})).status_code == 403
    assert (await ann.delete(f"{COMMANDS}/hail")).status_code == 403


async def test_agent_is_paused_and_resumed(operator: httpx.AsyncClient, ann: httpx.AsyncClient) -> None:
    hello = {"to_type": "global", "to_id": "global", "text": "hello"}

    paused = await operator.put(f"{PAUSED}/@ann", json={"reason": "too loud"})
    listed = await ann.get(PAUSED)
    silenced = await ann.post("/api/v1/messages", json=hello)
    heard = await ann.get("/api/v1/rooms/global/history")
    resumed = await operator.delete(f"{PAUSED}/ann")
    again = await ann.post("/api/v1/messages", json=hello)

    assert paused.json()["items"] == ["ann"]
    assert listed.json()["items"] == [{"agent_id": "ann", "reason": "too loud"}]
    assert (silenced.status_code, silenced.json()["code"]) == (403, "paused")
    assert [each.status_code for each in (heard, resumed, again)] == [200, 204, 201]


async def test_fleet_is_paused_and_resumed_as_a_whole(
    operator: httpx.AsyncClient, ann: httpx.AsyncClient
) -> None:
    await operator.post("/api/v1/tasks", json={"to": "ann", "command": "ping"})

    paused = await operator.put(f"{PAUSED}/@all")
    one = await operator.delete(f"{PAUSED}/ann")
    all_of_them = await operator.delete(f"{PAUSED}/@all")

    assert paused.json()["items"] == ["ann"]
    assert (one.status_code, all_of_them.status_code) == (409, 204)
    assert [task["state"] for task in (await ann.get("/api/v1/tasks")).json()["items"]] == ["cancelled"]


async def test_switch_is_for_masters_and_never_against_the_operator(
    operator: httpx.AsyncClient, ann: httpx.AsyncClient
) -> None:
    assert (await ann.put(f"{PAUSED}/operator")).status_code == 403
    assert (await ann.delete(f"{PAUSED}/ann")).status_code == 403
    assert (await operator.put(f"{PAUSED}/operator")).status_code == 403
    assert (await operator.put(f"{PAUSED}/nobody")).status_code == 404
