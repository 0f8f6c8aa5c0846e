"""Facts applied to a snapshot give what a fresh snapshot would say."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.events import Fact, MessagePosted, PresenceChanged, RoomChanged, TypingChanged
from components.state import ConsoleState
from protocol.agents import Presence, Status
from protocol.errors import ClawNetError, NotFound
from protocol.requests import ChatTyping, RoomCreate, RoomInvite, RoomUpdate
from protocol.roles import Role
from protocol.rooms import Room
from tests.fakes import FakeClock, FlakyStore, Stage, a_room, open_stage, settings_of

AGENTS = ("operator", "ann", "bob")
ROOMS = ("red", "blue")
DOINGS = (
    "enrol",
    "rename",
    "open",
    "hide",
    "topic",
    "join",
    "leave",
    "invite",
    "say",
    "dm",
    "attach",
    "detach",
)
STEPS = st.lists(
    st.tuples(st.sampled_from(DOINGS), st.sampled_from(AGENTS), st.sampled_from(ROOMS)), max_size=25
)


async def take(stage: Stage, step: tuple[str, str, str], number: int) -> None:
    """Do one random thing; what the relay refuses has not happened."""
    what, agent_id, room = step
    try:
        await _do(stage, what, agent_id, room, number)
    except ClawNetError:
        return


async def _do(stage: Stage, what: str, agent_id: str, room: str, number: int) -> None:
    core = stage.core
    if what == "enrol":
        await stage.enrol(f"new{number}")
        return
    actor = stage.actor(agent_id)
    doings: dict[str, Any] = {
        "rename": lambda: core.people.identity.rename(stage.operator, agent_id, f"name{number}"),
        "open": lambda: core.rooms.create(actor, RoomCreate(room=room)),
        "hide": lambda: core.rooms.update(actor, RoomUpdate(room=room, visibility="private")),
        "topic": lambda: core.rooms.update(actor, RoomUpdate(room=room, topic=f"topic {number}")),
        "join": lambda: core.rooms.join(actor, room),
        "leave": lambda: core.rooms.leave(actor, room),
        "invite": lambda: core.rooms.invite(actor, RoomInvite(room=room, agent_id="operator")),
        "say": lambda: stage.say(actor, to_type="room", to_id=room),
        "dm": lambda: stage.say(actor, to_type="dm", to_id="bob"),
        "attach": lambda: _attend(stage, agent_id, there=True),
        "detach": lambda: _attend(stage, agent_id, there=False),
    }
    await doings[what]()


async def _attend(stage: Stage, agent_id: str, *, there: bool) -> None:
    presence = stage.core.people.presence
    (presence.attach if there else presence.detach)(agent_id, "link")


def fresh(stage: Stage, viewer: str) -> ConsoleState:
    """Take a snapshot of what the services say now."""
    actor = stage.actor(viewer)

    def sees(room: Room) -> bool:
        try:
            stage.core.rooms.see(actor, room.id)
        except NotFound:
            return False
        return True

    return ConsoleState.snapshot(
        viewer,
        sees,
        rooms=stage.core.rooms.visible_to(actor),
        agents=stage.core.people.identity.agents(),
        presence=stage.core.people.presence.everyone(),
    )


def known(state: ConsoleState) -> tuple[object, ...]:
    """Return what two states are compared by."""
    rooms = {
        room.id: room.model_copy(update={"members": sorted(room.members)}) for room in state.rooms.values()
    }
    return rooms, state.agents, state.presence


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS)
async def test_facts_applied_to_a_snapshot_equal_a_fresh_snapshot(steps: list[tuple[str, str, str]]) -> None:
    clock = FakeClock()
    stage = await open_stage(FlakyStore(), clock, settings_of())
    await stage.enrol("ann")
    await stage.enrol("bob", Role.WARDEN)
    state = fresh(stage, "operator")
    stage.core.base.bus.subscribe(state.apply)

    for number, step in enumerate(steps):
        await take(stage, step, number)

    assert known(state) == known(fresh(stage, "operator"))
    await stage.core.stop()


async def test_a_room_that_turned_private_is_gone_for_who_is_not_in_it(stage: Stage) -> None:
    ann = await stage.enrol("ann")
    await stage.core.rooms.create(ann, RoomCreate(room="red"))
    state = fresh(stage, "operator")
    stage.core.base.bus.subscribe(state.apply)

    await stage.core.rooms.update(ann, RoomUpdate(room="red", visibility="private"))

    assert "red" not in state.rooms


async def test_a_room_that_was_deleted_is_gone(stage: Stage) -> None:
    ann = await stage.enrol("ann")
    state = fresh(stage, "operator")
    stage.core.base.bus.subscribe(state.apply)
    await stage.core.rooms.create(ann, RoomCreate(room="alpha"))
    stage.core.chat.typing(ann, ChatTyping(to_type="room", to_id="alpha", typing=True))

    await stage.core.rooms.delete(stage.operator, "alpha")

    assert known(state) == known(fresh(stage, "operator"))
    assert state.typing == {}


async def test_the_direct_messages_of_others_are_never_shown(stage: Stage) -> None:
    ann = await stage.enrol("ann")
    await stage.enrol("bob")
    state = fresh(stage, "operator")
    stage.core.base.bus.subscribe(state.apply)

    await stage.say(ann, to_type="dm", to_id="bob")
    await stage.say(ann, to_type="dm", to_id="operator")

    assert [room for room in state.rooms if room.startswith("dm:")] == ["dm:ann:operator"]


async def test_who_has_sent_a_message_is_not_typing_any_more(stage: Stage) -> None:
    ann = await stage.enrol("ann")
    state = fresh(stage, "operator")
    stage.core.base.bus.subscribe(state.apply)

    stage.core.chat.typing(ann, ChatTyping(to_type="global", to_id="global", typing=True))
    while_typing = {room: dict(writers) for room, writers in state.typing.items()}
    await stage.say(ann)

    assert while_typing == {"global": {"ann": "ann"}}
    assert state.typing == {}


def test_an_older_fact_about_a_room_does_not_take_its_head_back() -> None:
    state = ConsoleState.snapshot("op", lambda _: True, rooms=[a_room("red", head=5)], agents=[], presence=[])

    state.apply(RoomChanged(a_room("red", head=3, topic="new")))

    assert (state.rooms["red"].head, state.rooms["red"].topic) == (5, "new")


def test_typing_in_a_room_that_is_not_shown_is_not_kept() -> None:
    state = ConsoleState.snapshot("op", lambda _: True, rooms=[], agents=[], presence=[])

    for typing in (True, False):
        state.apply(TypingChanged("red", "ann", "ann", typing))

    assert state.typing == {}


def test_an_agent_that_is_unknown_is_shown_by_its_id() -> None:
    state = ConsoleState("op", lambda _: True)
    presence = Presence(agent_id="ann", handle="ann", role=Role.WORKER, status=Status.IDLE, since="")

    fact: Fact = PresenceChanged(presence)
    state.apply(fact)

    assert (state.handle_of("ann"), state.role_of("ann"), state.agent_named("ann")) == ("ann", "", None)
    assert state.presence == {"ann": presence}


async def test_a_message_in_a_hidden_room_changes_nothing(stage: Stage) -> None:
    ann = await stage.enrol("ann")
    red = await stage.core.rooms.create(ann, RoomCreate(room="red", visibility="private"))
    state = fresh(stage, "operator")
    heard: list[Fact] = []
    stage.core.base.bus.subscribe(heard.append)
    stage.core.base.bus.subscribe(state.apply)

    await stage.say(ann, to_type="room", to_id=red.id)

    assert any(isinstance(fact, MessagePosted) for fact in heard)
    assert list(state.rooms) == ["global"]
