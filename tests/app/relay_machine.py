"""The state machine that does to the core and to its model what clients and networks do."""

import asyncio
from collections.abc import Coroutine
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
)
from typing_extensions import override

from app.delivery.connections import Connections
from app.delivery.engine import Delivery
from protocol.acks import Sent
from protocol.errors import ClawNetError
from protocol.payloads import TextPayload
from protocol.requests import ChatHistory, ChatSend, Resume, RoomCreate
from protocol.rooms import Room
from storage.memory import MemoryStore
from tests.app import relay_model as model
from tests.app.relay_model import AGENTS, ALPHA, DIRECT, KEEP, ROOMS, WINDOW, Device, Link, Model
from tests.fakes import FakeClock, open_stage, settings_of, turns

Result = TypeVar("Result")
MAX_LINKS = 5
SETTINGS = settings_of(window=WINDOW)

agents = st.sampled_from(AGENTS)
rooms = st.sampled_from(ROOMS)
few = st.integers(0, 3)
picks = st.integers(0, 999)


class RelayMachine(RuleBasedStateMachine):
    """Does what clients and networks do, to the core and to the model, and compares."""

    store_type: ClassVar[type[MemoryStore]] = MemoryStore
    delivery_type: ClassVar[type[Delivery]] = Delivery
    connections_type: ClassVar[type[Connections]] = Connections

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.devices = {agent: Device() for agent in AGENTS}
        self.links: list[Link] = []
        self.count = 0
        self.histories = 0
        self.begin()

    def begin(self) -> None:
        """Start a relay with a new history."""
        self.histories += 1
        self.model = Model(f"epoch-{self.histories}")
        store = self.store_type(epoch=self.model.epoch, keep=KEEP)
        self.stage = self.run(open_stage(store, FakeClock(), SETTINGS))
        self.core = self.stage.core
        self.core.readers.delivery.__class__ = self.delivery_type
        self.core.readers.connections.__class__ = self.connections_type
        for agent in AGENTS:
            self.run(self.stage.enrol(agent))
        self.run(self.core.rooms.create(self.stage.operator, RoomCreate(room=ALPHA)))

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run work to its end and let everything that follows from it happen."""

        async def settled() -> Result:
            result = await work
            await turns()
            return result

        return self.loop.run_until_complete(settled())

    @override
    def teardown(self) -> None:
        self.run(self.core.stop())
        self.loop.close()

    # What clients say

    @rule(sender=agents, room=rooms)
    def send(self, sender: str, room: str) -> None:
        """Say something new."""
        self.say(sender, room, self.fresh(), "text")

    @rule(sender=agents, room=rooms, pick=picks, same=st.booleans())
    def send_under_a_known_key(self, sender: str, room: str, pick: int, same: bool) -> None:
        """Use a key that somebody has used before."""
        keys = sorted({key for _, key in self.model.places}) or ["first"]
        self.say(sender, room, keys[pick % len(keys)], "text" if same else "other")

    @precondition(lambda self: self.model.places)
    @rule(pick=picks, same=st.booleans())
    def resend(self, pick: int, same: bool) -> None:
        """Send a stored message again, or another one under its key."""
        (sender, key), (room, text, _) = sorted(self.model.places.items())[pick % len(self.model.places)]
        self.say(sender, room, key, text if same else f"not {text}")

    @rule(room=st.sampled_from(("global", ALPHA)), count=st.integers(2, 6))
    def send_all_at_once(self, room: str, count: int) -> None:
        """Say many things in one go."""
        keys = [self.fresh() for _ in range(count)]
        answers = self.run(self.sent_together("operator", room, keys))
        self.check_burst("operator", room, keys, answers)

    @rule(agent=agents, room=rooms, anchor=picks, limit=st.integers(1, 5), forward=st.booleans())
    def read(self, agent: str, room: str, anchor: int, limit: int, forward: bool) -> None:
        """Read one page of a room's history."""
        kept = self.model.rooms[room]
        if agent not in kept.members:
            return
        at = anchor % (kept.head + 2)
        request = ChatHistory(room=room, limit=limit, **{"after" if forward else "before": at})
        page = self.run(self.core.chat.history(self.stage.actor(agent), request))
        offsets = list(range(kept.oldest, kept.head + 1))
        side = [each for each in offsets if (each > at if forward else each < at)]
        expected = side[:limit] if forward else side[-limit:]
        assert [each.offset for each in page.messages] == expected, f"places of a page at {at}"
        for message in page.messages:
            self.model.check(room, message.model_dump(mode="json"))

    # What connections do

    @precondition(lambda self: len(self.links) < MAX_LINKS)
    @rule(agent=agents, between=few, after=few)
    def come_with_offsets(self, agent: str, between: int, after: int) -> None:
        """Connect and resume from what the client remembers."""
        device = self.devices[agent]
        self.come(agent, Resume(epoch=device.epoch, offsets=dict(device.offsets)), between, after)

    @precondition(lambda self: len(self.links) < MAX_LINKS)
    @rule(agent=agents, between=few, after=few)
    def come_without(self, agent: str, between: int, after: int) -> None:
        """Connect and let the relay say where to take up."""
        self.come(agent, None, between, after)

    @precondition(lambda self: len(self.links) < MAX_LINKS)
    @rule(agent=agents, offsets=st.dictionaries(rooms, st.integers(0, 40)))
    def come_with_any_offsets(self, agent: str, offsets: dict[str, int]) -> None:
        """Connect and claim to be anywhere, even ahead of the head."""
        self.come(agent, Resume(epoch=self.model.epoch, offsets=offsets), 0, 0)

    @precondition(lambda self: self.links)
    @rule(pick=picks)
    def cut(self, pick: int) -> None:
        """Lose a connection."""
        link = self.links.pop(pick % len(self.links))
        self.core.readers.delivery.detach(link.reader.id)

    @precondition(lambda self: self.links)
    @rule(pick=picks, room=rooms, behind=st.integers(-1, 2))
    def acknowledge(self, pick: int, room: str, behind: int) -> None:
        """Acknowledge what was heard, a part of it, or more than that."""
        link = self.links[pick % len(self.links)]
        if (place := link.places.get(room)) is None:
            return
        offset = max(0, place.highest - behind)
        if place.acknowledge(offset):
            self.model.rooms[room].read_to(link.agent, place.acked)
        self.run(self.acknowledged(link, room, offset))

    @rule()
    def wait(self) -> None:
        """Let every acknowledgement that is out become overdue."""
        doomed = [link for link in self.links if not link.expire()]
        self.run(self.stage.pass_time(11))
        for link in doomed:
            self.links.remove(link)
            assert [why.reason for why in link.reader.wire.closings] == ["slow_reader"]

    @rule()
    def store_cursors(self) -> None:
        """Let the relay store what it noted of cursors."""
        self.run(self.core.readers.progress.flush())

    # What happens to rooms and to the relay

    @rule(agent=agents, before=few, after=few)
    def join(self, agent: str, before: int, after: int) -> None:
        """Enter the named room amid traffic."""
        room = self.model.rooms[ALPHA]
        entered_at = room.head
        keys = [self.fresh() for _ in range(before + after)]
        answers = self.run(self.amid(self.core.rooms.join(self.stage.actor(agent), ALPHA), keys, before))
        if agent not in room.members:
            room.members.add(agent)
            room.read_to(agent, entered_at)
            self.enter(agent, ALPHA, entered_at)
        self.check_burst("operator", ALPHA, keys, answers)

    @rule(agent=agents, before=few, after=few)
    def leave(self, agent: str, before: int, after: int) -> None:
        """Leave the named room amid traffic."""
        left_at = self.model.rooms[ALPHA].head + before
        keys = [self.fresh() for _ in range(before + after)]
        answers = self.run(self.amid(self.core.rooms.leave(self.stage.actor(agent), ALPHA), keys, before))
        self.check_burst("operator", ALPHA, keys, answers)
        for link in self.links_of(agent):
            self.hear(link)
            place = link.places.pop(ALPHA, None)
            assert place is None or place.sent <= left_at, f"{agent} is not in {ALPHA} any more"
        self.model.rooms[ALPHA].members.discard(agent)

    @precondition(lambda self: len(self.model.places) > WINDOW)
    @rule()
    def restart(self) -> None:
        """Lose the relay and all that it knew."""
        self.run(self.core.stop())
        self.links.clear()
        self.begin()

    # What must hold after each of these

    @invariant()
    def every_reader_has_what_is_due_and_nothing_else(self) -> None:
        """Compare what each connection was sent with the model."""
        for link in self.links:
            self.hear(link)
            assert link.reader.wire.closings == [], f"{link.agent} was cut off"
            for room, place in link.places.items():
                due = min(self.model.rooms[room].head, place.acked + WINDOW)
                assert place.sent == due, f"{link.agent} has {place.sent} of {due} in {room}"

    def hear(self, link: Link) -> None:
        """Take in what was sent on a connection since the last look."""
        for event, body in link.reader.wire.sent:
            if event in {"chat_message", "chat_gap"}:
                assert body["room"] in link.places, f"{link.agent} is not in {body['room']}"
            if event == "chat_message":
                self.model.check(body["room"], body)
                link.places[body["room"]].hear(body["offset"], replay=body["replay"])
                self.devices[link.agent].hear(body["room"], body["offset"])
            elif event == "chat_gap":
                assert body["oldest"] <= self.model.rooms[body["room"]].oldest
                link.places[body["room"]].miss(body["from"], body["oldest"])
        link.reader.wire.forget()

    # Steps

    def fresh(self) -> str:
        self.count += 1
        return f"key-{self.count}"

    def links_of(self, agent: str) -> list[Link]:
        return [link for link in self.links if link.agent == agent]

    def enter(self, agent: str, room: str, offset: int) -> None:
        for link in self.links_of(agent):
            link.places[room] = model.Place(acked=offset, live_from=offset)

    async def sent(self, sender: str, room: str, key: str, text: str) -> Sent | ClawNetError:
        request = ChatSend(id=key, to_type="room", to_id=room, payload=TextPayload(text=text))
        try:
            return await self.core.compose.send(self.stage.actor(sender), request)
        except ClawNetError as refusal:
            return refusal

    async def acknowledged(self, link: Link, room: str, offset: int) -> None:
        self.core.readers.delivery.acknowledge(link.reader.id, room, offset)

    async def sent_together(self, sender: str, room: str, keys: list[str]) -> list[Sent | ClawNetError]:
        return await asyncio.gather(*(self.sent(sender, room, key, "text") for key in keys))

    async def amid(
        self, work: Coroutine[Any, Any, Room], keys: list[str], before: int
    ) -> list[Sent | ClawNetError]:
        """Let the operator talk in the named room before and after `work`, all of it queued at once."""
        said = [self.sent("operator", ALPHA, key, "text") for key in keys]
        answers = await asyncio.gather(*said[:before], work, *said[before:])
        return [answer for answer in answers if not isinstance(answer, Room)]

    def say(self, sender: str, room: str, key: str, text: str) -> None:
        expected = self.model.outcome(sender, room, key, text)
        is_new = not self.model.knows(sender, key)
        answer = self.run(self.sent(sender, room, key, text))
        if not isinstance(expected, int):
            assert isinstance(answer, expected), f"{answer} instead of {expected}"
            # The room of two opens before the store finds that the key was used for something else.
            if room == DIRECT and sender in {"ann", "bob"}:
                self.open_direct()
            return
        assert isinstance(answer, Sent), f"{answer} instead of a place"
        assert (answer.offset, answer.duplicate) == (expected, not is_new), f"{answer} at the wrong place"
        if room == DIRECT:
            self.open_direct()
        if is_new:
            self.model.store(sender, room, key, text)

    def open_direct(self) -> None:
        if self.model.open_direct():
            self.enter("ann", DIRECT, 0)
            self.enter("bob", DIRECT, 0)

    def check_burst(
        self, sender: str, room: str, keys: list[str], answers: list[Sent | ClawNetError]
    ) -> None:
        head = self.model.rooms[room].head
        offsets = [answer.offset for answer in answers if isinstance(answer, Sent)]
        assert offsets == list(range(head + 1, head + len(keys) + 1)), f"places {offsets} after {head}"
        for key in keys:
            self.model.store(sender, room, key, "text")

    def come(self, agent: str, resume: Resume | None, between: int, after: int) -> None:
        expected = self.model.taken_up(agent, resume)
        keys = [self.fresh() for _ in range(between + after)]
        reader = self.run(self.stage.attach(agent, resume))
        told = {
            room.id: (room.head, room.oldest, room.cursor, room.recovered) for room in reader.rooms.values()
        }
        assert told == expected, f"{told} in a welcome instead of {expected}"
        places = {
            room: model.Place(acked=cursor, live_from=head) for room, (head, _, cursor, _) in expected.items()
        }
        del places[f"inbox:{agent}"]
        self.links.append(Link(agent, reader, places))
        self.devices[agent].greet(self.model.epoch, reader.rooms.values())
        answers = self.run(self.began_amid(reader.id, keys, between))
        self.check_burst("operator", "global", keys, answers)

    async def began_amid(
        self, connection_id: str, keys: list[str], between: int
    ) -> list[Sent | ClawNetError]:
        first = await self.sent_together("operator", "global", keys[:between])
        self.core.readers.delivery.begin(connection_id)
        return first + await self.sent_together("operator", "global", keys[between:])
