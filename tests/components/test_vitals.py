"""How lively agents are: their own deeds count, a heartbeat does not; what restless ones do is bounded."""

from app.events import MessagePosted, PresenceChanged, TaskMoved, TaskProgressed
from components.ports import Console
from components.vitals import FLAPPING, WINDOW, Vitals
from protocol.agents import Status
from tests.components.test_known_tasks import a_task
from tests.components.test_pictures import a_presence
from tests.components.test_unread import a_message
from tests.fakes import FakeClock


def listening(console: Console) -> Vitals:
    return Vitals(console.bus, now=console.now, monotonic=console.monotonic)


def come_and_go(vitals: Vitals, times: int) -> None:
    for _ in range(times):
        for status in (Status.OFFLINE, Status.ONLINE):
            vitals.hear(PresenceChanged(a_presence("ann", status)))


def test_a_word_and_a_step_of_a_task_are_deeds(console: Console, clock: FakeClock) -> None:
    vitals = listening(console)
    message = a_message(1)
    vitals.hear(MessagePosted(message))
    said = vitals.acted(message.from_id)
    clock.advance(60)
    vitals.hear(TaskProgressed(a_task(to="bob"), "half"))

    assert said == message.ts
    assert vitals.acted("bob") == "2026-01-01T00:01:00.000Z"


def test_what_the_relay_does_with_a_task_is_no_deed_of_its_agent(console: Console) -> None:
    vitals = listening(console)
    for state in ("queued", "denied", "lost"):
        vitals.hear(TaskMoved(a_task(state=state)))
    come_and_go(vitals, 1)

    assert vitals.acted("ann") is None


def test_returns_of_the_last_ten_minutes_are_counted_and_bounded(console: Console, clock: FakeClock) -> None:
    vitals = listening(console)
    vitals.hear(PresenceChanged(a_presence("ann", Status.ONLINE)))
    first = vitals.returns("ann")
    come_and_go(vitals, FLAPPING + 5)
    often = vitals.returns("ann")
    clock.advance(WINDOW + 1)

    assert (first, often, vitals.returns("ann")) == (0, FLAPPING, 0)


def test_nothing_is_heard_once_it_is_closed(console: Console) -> None:
    vitals = listening(console)
    vitals.close()
    vitals.close()

    assert vitals.returns("ann") == 0
