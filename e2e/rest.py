"""REST as the tests use it: enrol agents, say something, read what is stored."""

from typing import Any, Self

import httpx


class Rest:
    """One caller of `/api/v1`, known by its token."""

    def __init__(self, url: str, token: str | None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.http = httpx.AsyncClient(base_url=url, headers=headers, timeout=30, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def enrol(self, agent_id: str, role: str = "worker") -> str:
        """Make an agent and return its token."""
        answer = await self.http.post("/api/v1/agents", json={"agent_id": agent_id, "role": role})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    async def say(self, text: str, *, to_type: str = "global", to_id: str = "global") -> dict[str, Any]:
        """Send a message and return the answer."""
        body = {"to_type": to_type, "to_id": to_id, "text": text}
        answer = await self.http.post("/api/v1/messages", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def history(self, room: str = "global", after: int = 0) -> list[dict[str, Any]]:
        """Return everything that a room keeps after an offset, oldest first."""
        items: list[dict[str, Any]] = []
        while True:
            query = {"limit": 200, "after": items[-1]["offset"] if items else after}
            answer = await self.http.get(f"/api/v1/rooms/{room}/history", params=query)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            items += page["items"]
            if not page["more"]:
                return items
