"""Answers on a direct way: at once where nothing is waited for, and once a message is stored."""

import json
from typing import Any

import pytest
from engineio.async_socket import AsyncSocket

from app.actor import Via
from app.sockets import answering
from app.sockets.answering import Answering
from app.sockets.outgoing import Outgoing
from app.sockets.packets import Incoming
from app.sockets.transport import StrictEngine
from tests.app.doors import Doors
from tests.app.sockets.direct import FakeDirect
from tests.fakes import FakeWire, Stage, turns

HELLO = {"id": "one", "to_type": "global", "to_id": "global", "payload": {"kind": "text", "text": "hello"}}
LINK = "link"


class Link:
    """An accepted connection on a direct way."""

    def __init__(self, answering: Answering, wire: FakeWire) -> None:
        self.wire = wire
        self.done = 0
        self.direct = FakeDirect()
        self._answering = answering
        self._socket = AsyncSocket(StrictEngine(async_mode="asgi"), "sid")
        queue: Outgoing = self._socket.queue
        queue.bind(self.direct, lambda: None)

    async def send(self, event: str, body: object, number: str = "7", *, connection: str = LINK) -> bool:
        """Send an event; return whether it is under way."""
        begun = self.begin(event, body, number, connection=connection)
        return begun if isinstance(begun, bool) else await begun

    def begin(self, event: str, body: object, number: str = "7", *, connection: str = LINK) -> Any:
        """Send an event and wait for nothing."""
        incoming = Incoming(event, (body,), bool(number), None, number)
        return self._answering.begin(connection, self._socket, incoming, self._one_more)

    async def acks(self) -> list[dict[str, Any]]:
        """Return the acks so far."""
        await turns()
        return [json.loads(frame.partition(b"437")[2])[0] for frame in self.direct.written]

    def _one_more(self) -> None:
        self.done += 1


@pytest.fixture
def doors(stage: Stage) -> Doors:
    return Doors(stage)


@pytest.fixture
async def link(stage: Stage, doors: Doors) -> Link:
    credentials = stage.core.people.credentials
    issued = await credentials.enrol(stage.operator, agent_id="ann", handle="ann")
    wire = await doors.accept(await credentials.authenticate(issued.text, Via.SOCKET), LINK)
    return Link(doors.agents._answering, wire)


async def test_message_is_answered_once_it_is_stored(link: Link) -> None:
    under_way = link.begin("chat_send", HELLO)
    before = list(link.direct.written)
    (ack,) = await link.acks()

    assert under_way is True
    assert before == []
    assert link.done == 1
    assert (ack["ok"], ack["id"], ack["room"]) == (True, "one", "global")


async def test_what_needs_no_waiting_is_answered_at_once(link: Link) -> None:
    assert link.begin("chat_ack", {"room": "global", "offset": 0}) is False
    assert [ack["ok"] for ack in await link.acks()] == [True]


async def test_what_takes_longer_is_answered_at_its_end(link: Link) -> None:
    assert await link.send("room_create", {"room": "red"}) is False
    assert [ack["room"]["id"] for ack in await link.acks()] == ["red"]


async def test_slash_command_is_answered_though_it_is_no_message(link: Link) -> None:
    body = HELLO | {"payload": {"kind": "text", "text": "/help"}}

    assert await link.send("chat_send", body) is False
    assert [ack["offset"] for ack in await link.acks()] == [0]


@pytest.mark.parametrize(
    ("event", "body", "code"),
    [
        ("nonsense", {}, "invalid_request"),
        ("chat_send", {}, "invalid_request"),
        ("room_join", {"room": "nowhere"}, "not_found"),
    ],
)
async def test_refusal_stands_in_the_ack(link: Link, event: str, body: object, code: str) -> None:
    assert await link.send(event, body) is False
    assert [ack["error"]["code"] for ack in await link.acks()] == [code]
    assert link.wire.bodies("error") == []


async def test_who_wants_no_ack_hears_of_refusals_alone(link: Link) -> None:
    await link.send("chat_send", HELLO, number="")
    await link.send("chat_send", {}, number="")

    assert await link.acks() == []
    assert [body["code"] for body in link.wire.bodies("error")] == ["invalid_request"]


async def test_message_that_the_store_refuses_is_refused_by_name(link: Link) -> None:
    await link.send("chat_send", HELLO)
    await link.acks()

    await link.send("chat_send", HELLO | {"payload": {"kind": "text", "text": "another"}})

    assert [ack.get("error", {}).get("code") for ack in await link.acks()] == [None, "dedupe_mismatch"]
    assert link.done == 2


async def test_who_is_not_known_any_more_gets_no_answer(link: Link) -> None:
    assert link.begin("chat_send", HELLO, connection="another") is False
    assert await link.acks() == []


async def test_who_does_not_read_has_to_wait(link: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "CONGESTED", 0)
    link.wire.waiting = 2**30
    begun = link.begin("room_list", {})
    before = list(link.direct.written)
    link.wire.waiting = 0

    assert await begun is False
    assert before == []
    assert [ack["ok"] for ack in await link.acks()] == [True]


async def test_token_that_ended_meanwhile_opens_nothing(link: Link, stage: Stage) -> None:
    await link.send("room_list", {})
    await turns()
    credentials = stage.core.people.credentials
    for token in credentials.listed(stage.operator, "ann"):
        await credentials.revoke(stage.operator, token.id)

    assert await link.send("room_list", {}) is False
    assert [ack.get("error", {}).get("code") for ack in await link.acks()][-1] == "unauthenticated"
