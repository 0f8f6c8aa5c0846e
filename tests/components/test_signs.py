"""The vital signs of the fleet: pictures sent only when they changed, and reasons to look at an agent."""

from typing import Any

import pytest

from app.actor import Actor
from app.events import PresenceChanged, TaskMoved
from app.services.telemetry import Sample, Telemetry
from components.known_tasks import KnownTasks
from components.people import People
from components.pictures import signs
from components.ports import Console
from components.signs import Signs
from components.state import ConsoleState
from components.vitals import FLAPPING, Vitals
from protocol.agents import Presence, Status
from protocol.requests import Report
from tests.components.conftest import SignIn
from tests.components.test_known_tasks import a_task
from tests.fakes import Stage


def told(**sections: object) -> Telemetry:
    return Telemetry("ann", "2026-01-01T00:00:00.000Z", sections)


def samples(*values: float | None, every: int = 20) -> list[Sample]:
    return [
        Sample(f"2026-01-01T00:{number * every // 60:02}:{number * every % 60:02}.000Z", value, 10.0)
        for number, value in enumerate(values)
    ]


class Watch:
    """Signs of a stage with the agent ann."""

    def __init__(self, console: Console, people: People) -> None:
        self.vitals = Vitals(console.bus, now=console.now, monotonic=console.monotonic)
        self.state = ConsoleState.snapshot(
            "operator",
            lambda _: True,
            rooms=[],
            agents=console.identity.agents(),
            presence=console.presence.everyone(),
            work=KnownTasks.snapshot([], lambda _: True),
        )
        self.signs = Signs(console, people, self.state, self.vitals)

    def worries(self) -> Any:
        self.signs.renew()
        return self.signs.changed()["ann"]["worries"]

    def there(self, status: Status) -> None:
        entry = self.state.presence["ann"].model_dump() | {"status": status}
        self.state.apply(PresenceChanged(Presence.model_validate(entry)))


@pytest.fixture
async def ann(stage: Stage) -> Actor:
    return await stage.enrol("ann")


@pytest.fixture
async def watch(console: Console, sign_in: SignIn, ann: Actor) -> Watch:
    assert ann.agent_id == "ann"
    return Watch(console, await sign_in(People))


async def test_a_picture_comes_only_when_it_has_changed(stage: Stage, watch: Watch, ann: Actor) -> None:
    first = watch.signs.changed()
    again = watch.signs.changed()
    stage.core.coordination.telemetry.hear(ann, Report(specs={"cpu_percent": 12, "version": "4.0.0"}))
    news = watch.signs.changed()

    assert {"ann", "operator"} <= set(first)
    assert again == {}
    assert {name: (each["cpu"], each["version"]) for name, each in news.items()} == {"ann": (12.0, "4.0.0")}


async def test_an_agent_that_went_while_it_worked_needs_somebody(watch: Watch) -> None:
    watch.state.apply(TaskMoved(a_task(to="ann")))
    watch.there(Status.ONLINE)
    before = watch.worries()
    watch.there(Status.OFFLINE)

    assert (before, watch.worries()) == ([], ["offline while a task was running"])


async def test_load_versions_and_restlessness_need_somebody(stage: Stage, watch: Watch, ann: Actor) -> None:
    other = await stage.enrol("bob")
    hear = stage.core.coordination.telemetry.hear
    for _ in range(4):
        hear(ann, Report(specs={"cpu_percent": 99, "ram_percent": 99, "version": "3.9.10"}))
        stage.clock.advance(30)
    hear(other, Report(specs={"version": "3.10.1"}))
    watch.state.agents["bob"] = stage.core.people.identity.agent("bob")
    for _ in range(FLAPPING):
        for status in (Status.OFFLINE, Status.ONLINE):
            watch.there(status)
            watch.vitals.hear(PresenceChanged(watch.state.presence["ann"]))

    assert watch.worries() == ["CPU high", "RAM high", "comes and goes", "version behind"]


@pytest.mark.parametrize(
    ("shares", "high"),
    [
        ((90, 90, 90, 90), True),
        ((90, 90, 90), False),
        ((90, 90, 90, 90, 20), False),
        ((90, None, 90, 90), False),
        ((), False),
    ],
)
def test_a_share_is_high_after_a_minute_of_it(shares: tuple[float | None, ...], *, high: bool) -> None:
    assert signs.is_high(samples(*shares), "cpu") is high


def test_a_sign_takes_any_claim() -> None:
    drawn = signs.sign(
        told(specs=[1], openclaw={"latency_ms": True, "sessions": "many"}, sessions=[1, 2]), []
    )

    assert (drawn["version"], drawn["latency"], drawn["sessions"]) == ("", None, 2)
    assert signs.sign(None, [])["sessions"] is None
    assert signs.sign(told(openclaw={"latency_ms": 8.4, "sessions": 3}), [])["latency"] == 8


def test_versions_are_compared_by_their_numbers() -> None:
    assert signs.newest(["3.9", "v3.10.1", "", "nightly"]) == "v3.10.1"
    assert signs.is_behind("3.9", "3.10.1")
    assert not signs.is_behind("nightly", "3.10.1")
    assert not signs.is_behind("3.10.1", "3.10.1")


def test_sessions_are_short_lines_of_text() -> None:
    rows = signs.sessions(
        told(sessions=[{"key": "agent:main\u202e", "kind": "direct", "deep": {"x": 1}}, "plain"] * 30)
    )

    assert len(rows) == signs.MAX_SESSIONS
    assert rows[:2] == [
        {"name": "agent:main⟨U+202E⟩", "about": "kind direct"},
        {"name": "plain", "about": ""},
    ]
    assert signs.sessions(told(sessions="none")) == []


@pytest.mark.parametrize(
    ("skew", "words"),
    [
        (None, ""),
        (2.0, ""),
        (-2.1, "clock 2 s behind"),
        (4.4, "clock 4 s ahead"),
        (-7200.0, "clock 120 min behind"),
    ],
)
def test_a_clock_that_is_wrong_needs_somebody(skew: float | None, words: str) -> None:
    assert signs.skewed(Telemetry("ann", None, {}, skew)) == words
    assert signs.skewed(None) == ""


async def test_a_wrong_clock_stands_among_the_worries(stage: Stage, watch: Watch, ann: Actor) -> None:
    stage.core.coordination.telemetry.hear(ann, Report(specs={"clock": "2026-01-01T00:00:05Z"}))

    assert watch.worries() == ["clock 5 s ahead"]


def test_curves_are_points_of_all_that_is_charted() -> None:
    recent = [Sample("t", 1.0, 2.0, 3.0, 4.0)]

    assert signs.curves(recent, []) == {"recent": [["t", 1.0, 2.0, 3.0, 4.0]], "hour": []}
