"""Who comes and goes is told once, in the room it concerns, and not in a crowd."""

from app.events import Fact, PresenceChanged, RoomJoined, RoomLeft
from components.happenings import CROWD, Happenings
from components.state import ConsoleState
from protocol.agents import Status
from tests.components.test_pictures import a_presence, an_agent
from tests.fakes import a_room

RED = a_room("red", members=["operator", "ann", "bob"])


def looking_on(*there: str) -> Happenings:
    state = ConsoleState.snapshot(
        "operator",
        lambda _: True,
        rooms=[RED],
        agents=[an_agent(name) for name in ("operator", "ann", "bob", "cat")],
        presence=[a_presence(name, Status.ONLINE) for name in there],
    )
    happenings = Happenings(state)
    happenings.begin()
    return happenings


def told(happenings: Happenings, *facts: Fact, members: list[str] | None = None) -> list[str]:
    room = a_room("red", members=members) if members else RED
    return [f"{each['who']} {each['what']}" for each in happenings.of(facts, room)]


def test_coming_and_going_is_told_once() -> None:
    happenings = looking_on("ann")
    gone, back = a_presence("ann", Status.OFFLINE), a_presence("ann", Status.IDLE)

    assert told(happenings, PresenceChanged(gone), PresenceChanged(gone)) == ["ann went offline"]
    assert told(happenings, PresenceChanged(back), PresenceChanged(a_presence("ann", Status.ONLINE))) == [
        "ann came online"
    ]


def test_joining_and_leaving_is_told_in_that_room_alone() -> None:
    blue = a_room("blue", members=["bob"])

    assert told(looking_on(), RoomJoined(RED, "bob"), RoomLeft(RED, "bob"), RoomJoined(blue, "bob")) == [
        "bob joined",
        "bob left",
    ]


def test_nobody_is_told_of_oneself_or_of_strangers_or_in_a_crowd() -> None:
    happenings = looking_on()
    crowd = ["bob", *(f"a{number}" for number in range(CROWD))]

    assert told(happenings, RoomJoined(RED, "operator")) == []
    assert told(happenings, PresenceChanged(a_presence("cat", Status.ONLINE))) == []
    assert told(happenings, PresenceChanged(a_presence("bob", Status.ONLINE)), members=crowd) == []
