"""Presence: who is there, counted by connections."""

import pytest

from app.core import Core
from app.events import PresenceChanged
from protocol.agents import Presence, Status
from protocol.requests import PresenceSet
from tests.fakes import Ear, FakeClock, FlakyStore, Stage, turns

IDLE = PresenceSet(status="idle", note="at lunch")
ONLINE = PresenceSet(status="online")


def presence_of(stage: Stage, agent_id: str = "ann") -> Presence:
    return next(each for each in stage.core.people.presence.everyone() if each.agent_id == agent_id)


def told(ear: Ear) -> list[str]:
    """Return the statuses that were announced, in order."""
    return [fact.presence.status.value for fact in ear.facts if isinstance(fact, PresenceChanged)]


@pytest.fixture
async def core(stage: Stage) -> Core:
    """Enrol ann."""
    await stage.enrol("ann")
    return stage.core


@pytest.fixture
def heard(core: Core) -> Ear:
    """Hear what is announced after the enrolment."""
    ear = Ear()
    core.base.bus.subscribe(ear)
    return ear


async def test_agent_that_never_came_is_offline_since_its_enrolment(stage: Stage, core: Core) -> None:
    assert presence_of(stage) == Presence(
        agent_id="ann",
        handle="ann",
        role=core.people.identity.agent("ann").role,
        status=Status.OFFLINE,
        since="2026-01-01T00:00:00.000Z",
    )


async def test_first_connection_brings_an_agent_online(
    stage: Stage, core: Core, heard: Ear, clock: FakeClock
) -> None:
    clock.advance(5)

    core.people.presence.attach("ann", "one")

    presence = presence_of(stage)
    assert (presence.status, presence.since, presence.last_seen) == (
        Status.ONLINE,
        "2026-01-01T00:00:05.000Z",
        "2026-01-01T00:00:05.000Z",
    )
    assert core.people.presence.is_online("ann")
    assert heard.facts == [PresenceChanged(presence)]


async def test_second_connection_is_no_news(core: Core, heard: Ear) -> None:
    core.people.presence.attach("ann", "one")
    core.people.presence.attach("ann", "two")

    assert told(heard) == ["online"]


async def test_last_connection_takes_the_agent_offline(core: Core, heard: Ear) -> None:
    core.people.presence.attach("ann", "one")
    core.people.presence.attach("ann", "two")

    core.people.presence.detach("ann", "one")
    still = core.people.presence.is_online("ann")
    core.people.presence.detach("ann", "two")

    assert still
    assert not core.people.presence.is_online("ann")
    assert told(heard) == ["online", "offline"]


async def test_stale_farewell_never_hides_a_newer_connection(stage: Stage, core: Core, heard: Ear) -> None:
    core.people.presence.attach("ann", "old")
    core.people.presence.attach("ann", "new")

    core.people.presence.detach("ann", "old")
    core.people.presence.detach("ann", "old")

    assert presence_of(stage).status is Status.ONLINE
    assert told(heard) == ["online"]


async def test_farewell_of_a_connection_that_never_came_is_no_news(core: Core, heard: Ear) -> None:
    core.people.presence.detach("ann", "unknown")

    assert told(heard) == []


async def test_silent_agent_falls_idle_and_wakes_at_its_next_word(
    stage: Stage, core: Core, heard: Ear, clock: FakeClock
) -> None:
    core.people.presence.attach("ann", "one")
    clock.advance(299)
    core.people.presence.sweep()
    before = presence_of(stage).status
    clock.advance(1)
    core.people.presence.sweep()
    core.people.presence.sweep()
    idle = presence_of(stage).status

    core.people.presence.hear("ann")

    assert (before, idle) == (Status.ONLINE, Status.IDLE)
    assert told(heard) == ["online", "idle", "online"]


async def test_every_word_puts_idleness_off(stage: Stage, core: Core, clock: FakeClock) -> None:
    core.people.presence.attach("ann", "one")

    for _ in range(5):
        clock.advance(200)
        core.people.presence.hear("ann")
        core.people.presence.sweep()

    assert presence_of(stage).status is Status.ONLINE
    assert presence_of(stage).last_seen == "2026-01-01T00:16:40.000Z"


async def test_sweep_leaves_who_is_offline(stage: Stage, core: Core, clock: FakeClock) -> None:
    core.people.presence.attach("ann", "one")
    core.people.presence.detach("ann", "one")
    clock.advance(1000)

    core.people.presence.sweep()

    assert presence_of(stage).status is Status.OFFLINE


async def test_agent_that_says_it_is_idle_stays_so_while_it_talks(stage: Stage, core: Core) -> None:
    core.people.presence.attach("ann", "one")
    core.people.presence.choose("ann", IDLE)

    core.people.presence.hear("ann")

    assert presence_of(stage).status is Status.IDLE
    assert presence_of(stage).note == "at lunch"


async def test_agent_that_says_it_is_back_is_online(stage: Stage, core: Core, heard: Ear) -> None:
    core.people.presence.attach("ann", "one")
    core.people.presence.choose("ann", IDLE)

    core.people.presence.choose("ann", ONLINE)

    assert presence_of(stage).status is Status.ONLINE
    assert presence_of(stage).note is None
    assert told(heard) == ["online", "idle", "online"]


async def test_second_connection_does_not_overrule_what_the_agent_said(stage: Stage, core: Core) -> None:
    core.people.presence.attach("ann", "one")
    core.people.presence.choose("ann", IDLE)

    core.people.presence.attach("ann", "two")

    assert presence_of(stage).status is Status.IDLE


async def test_word_that_came_before_the_connection_was_counted_holds(stage: Stage, core: Core) -> None:
    core.people.presence.choose("ann", IDLE)
    before = presence_of(stage).status

    core.people.presence.attach("ann", "one")

    assert before is Status.OFFLINE
    assert presence_of(stage).status is Status.IDLE


async def test_what_an_agent_said_ends_with_its_last_connection(stage: Stage, core: Core) -> None:
    core.people.presence.attach("ann", "one")
    core.people.presence.choose("ann", IDLE)
    core.people.presence.detach("ann", "one")

    core.people.presence.attach("ann", "two")

    assert presence_of(stage).status is Status.ONLINE
    assert presence_of(stage).note is None


async def test_newcomer_is_announced(stage: Stage, ear: Ear) -> None:
    await stage.enrol("bob")

    assert told(ear) == ["offline"]


async def test_new_handle_is_announced_with_the_presence(stage: Stage, core: Core, heard: Ear) -> None:
    core.people.presence.attach("ann", "one")

    await core.people.identity.rename(stage.operator, "ann", "star")

    (_, renamed) = [fact.presence for fact in heard.facts if isinstance(fact, PresenceChanged)]
    assert (renamed.handle, renamed.status) == ("star", Status.ONLINE)


async def test_presence_is_never_stored(core: Core, store: FlakyStore) -> None:
    before = len(store.batches)

    core.people.presence.attach("ann", "one")
    core.people.presence.detach("ann", "one")
    await turns()

    assert len(store.batches) == before
