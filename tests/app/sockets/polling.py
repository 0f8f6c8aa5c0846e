"""An agent that speaks Socket.IO over long polling, by hand: every packet is seen."""

import json
from typing import Any

import httpx

SEPARATOR = "\x1e"


class Polling:
    """One link to a relay."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._query = {"EIO": "4", "transport": "polling"}
        self._acks = 0
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.others: list[str] = []

    async def open(self) -> None:
        """Open the link; nobody is behind it yet."""
        answer = await self._http.get("/socket.io/", params=self._query)
        self._query["sid"] = json.loads(answer.text[1:])["sid"]

    async def connect(self, **auth: Any) -> str:
        """Say who is behind the link and return the answer."""
        await self.open()
        return await self.introduce(**auth)

    async def introduce(self, **auth: Any) -> str:
        """Say who is behind a link that is open and return the answer."""
        await self.post(f"40{json.dumps(auth)}")
        await self.read()
        return self.others.pop(0)

    async def post(self, *packets: str) -> int:
        """Send packets as they are and return the status of the answer."""
        body = SEPARATOR.join(packets)
        return (await self._http.post("/socket.io/", params=self._query, content=body)).status_code

    async def status(self) -> int:
        """Return the status of a poll: 400 when the link is over."""
        return (await self._http.get("/socket.io/", params=self._query)).status_code

    async def read(self) -> None:
        """Take in what is queued; waits until something is."""
        answer = await self._http.get("/socket.io/", params=self._query)
        for packet in answer.text.split(SEPARATOR):
            self._take(packet)

    async def until(self, event: str) -> dict[str, Any]:
        """Return the body of the next event of this name."""
        while (found := next((body for name, body in self.events if name == event), None)) is None:
            await self.read()
        self.events.remove((event, found))
        return found

    async def ask(self, event: str, body: object = None) -> dict[str, Any]:
        """Send an event and return its ack."""
        self._acks += 1
        await self.post(f"42{self._acks}{json.dumps([event, {} if body is None else body])}")
        return await self.ack(self._acks)

    async def ack(self, number: int) -> dict[str, Any]:
        """Return the body of an ack."""
        prefix = f"43{number}["
        while (found := next((each for each in self.others if each.startswith(prefix)), None)) is None:
            await self.read()
        self.others.remove(found)
        body: dict[str, Any] = json.loads(found[len(prefix) - 1 :])[0]
        return body

    def _take(self, packet: str) -> None:
        if packet.startswith("42["):
            name, body = json.loads(packet[2:])
            self.events.append((name, body))
        else:
            self.others.append(packet)
