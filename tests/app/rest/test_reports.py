"""Executing a task over HTTP alone: the order by the event stream, the reports by REST."""

import httpx


async def test_agent_of_http_takes_and_ends_a_task(
    operator: httpx.AsyncClient, ann: httpx.AsyncClient
) -> None:
    await ann.get("/api/v1/events?wait=0")
    asked = await operator.post("/api/v1/tasks", json={"to": "ann", "command": "ping"})
    heard = (await ann.get("/api/v1/events?wait=60")).json()["items"]
    order = next(item["data"] for item in heard if item["event"] == "task_dispatch")
    task = f"/api/v1/tasks/{asked.json()['tasks'][0]['id']}"

    taken = await ann.post(f"{task}/ack", json={"lease": order["lease"]})
    moved = await ann.post(f"{task}/progress", json={"lease": order["lease"], "percent": 50})
    body = {"lease": order["lease"], "state": "succeeded", "output": "pong", "exit_code": 0}
    ended = [await ann.post(f"{task}/result", json=body) for _ in range(2)]
    output = (await operator.get(f"{task}/output")).json()

    assert (taken.status_code, moved.status_code) == (204, 204)
    assert [each.json() for each in ended] == [{"duplicate": False}, {"duplicate": True}]
    assert (output["state"], output["output"], output["exit_code"]) == ("succeeded", "pong", 0)


async def test_lease_of_another_is_refused(operator: httpx.AsyncClient, ann: httpx.AsyncClient) -> None:
    asked = await operator.post("/api/v1/tasks", json={"to": "ann", "command": "ping"})
    task = f"/api/v1/tasks/{asked.json()['tasks'][0]['id']}"

    stale = await ann.post(f"{task}/ack", json={"lease": "x"})
    foreign = await operator.post(f"{task}/ack", json={"lease": "x"})

    assert (stale.status_code, stale.json()["code"]) == (409, "stale_lease")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "not_found")
