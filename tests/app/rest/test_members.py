"""Members of a room, and the rooms of two."""

import httpx


async def test_members_come_and_go(operator: httpx.AsyncClient, ann: httpx.AsyncClient) -> None:
    await operator.post("/api/v1/rooms", json={"id": "alpha"})
    members = "/api/v1/rooms/alpha/members"

    let_in = await operator.put(f"{members}/ann")
    inside = (await ann.get(members)).json()["items"]
    put_out = await operator.delete(f"{members}/ann")

    assert let_in.json()["members"] == ["operator", "ann"]
    assert [(item["agent_id"], item["owner"]) for item in inside] == [("operator", True), ("ann", False)]
    assert put_out.json()["members"] == ["operator"]


async def test_dms_are_listed_to_their_two_only(operator: httpx.AsyncClient, ann: httpx.AsyncClient) -> None:
    await operator.post("/api/v1/agents", json={"agent_id": "bob"})
    before = (await ann.get("/api/v1/dms/@bob")).json()
    await ann.post("/api/v1/messages", json={"to_type": "dm", "to_id": "bob", "text": "hello"})

    mine = (await ann.get("/api/v1/dms")).json()["items"]
    after = (await ann.get("/api/v1/dms/bob")).json()

    assert (before["room"]["id"], before["room"]["head"], after["room"]["head"]) == ("dm:ann:bob", 0, 1)
    assert [(item["agent_id"], item["room"]["id"]) for item in mine] == [("bob", "dm:ann:bob")]
    assert (await operator.get("/api/v1/dms")).json()["items"] == []
    assert (await ann.get("/api/v1/dms/ann")).status_code == 422
