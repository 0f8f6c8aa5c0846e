"""The bus: everybody hears every fact, in order, whatever one of them does."""

import logging

import pytest

from app.bus import Bus
from app.events import Fact, TypingChanged
from tests.fakes import Ear


def a_fact(agent_id: str = "ann") -> Fact:
    return TypingChanged("alpha", agent_id, agent_id, typing=True)


def broken(fact: Fact) -> None:
    raise ValueError(f"no ear for {type(fact).__name__}")


def test_listeners_hear_every_fact_in_order() -> None:
    bus, ear = Bus(), Ear()
    bus.subscribe(ear)

    bus.publish(a_fact("ann"))
    bus.publish(a_fact("bob"))

    assert ear.facts == [a_fact("ann"), a_fact("bob")]


def test_listeners_are_called_in_the_order_of_their_subscription() -> None:
    bus = Bus()
    called: list[str] = []
    bus.subscribe(lambda _: called.append("first"))
    bus.subscribe(lambda _: called.append("second"))

    bus.publish(a_fact())

    assert called == ["first", "second"]


def test_listener_that_stopped_hears_nothing_more() -> None:
    bus, ear = Bus(), Ear()
    stop = bus.subscribe(ear)

    stop()
    stop()
    bus.publish(a_fact())

    assert ear.facts == []


def test_listener_that_stops_while_it_is_told_does_not_disturb_the_others() -> None:
    bus, ear = Bus(), Ear()
    stop = bus.subscribe(lambda _: stop())
    bus.subscribe(ear)

    bus.publish(a_fact())

    assert ear.facts == [a_fact()]


def test_listener_that_fails_is_logged_and_the_others_hear(caplog: pytest.LogCaptureFixture) -> None:
    bus, ear = Bus(), Ear()
    bus.subscribe(broken)
    bus.subscribe(ear)

    with caplog.at_level(logging.ERROR):
        bus.publish(a_fact())

    assert ear.facts == [a_fact()]
    assert [record.getMessage() for record in caplog.records] == ["a listener failed"]
    assert vars(caplog.records[0])["fact"] == "TypingChanged"


def test_listener_may_be_deaf_to_what_is_nothing_to_it() -> None:
    bus, ear, other = Bus(), Ear(), Ear()
    bus.subscribe(ear, deaf_to=(TypingChanged,))
    bus.subscribe(other)

    bus.publish(a_fact())

    assert ear.facts == []
    assert other.facts == [a_fact()]


def test_end_of_a_commit_is_told_to_all_who_asked(caplog: pytest.LogCaptureFixture) -> None:
    bus = Bus()
    called: list[str] = []

    def fails() -> None:
        raise ValueError("no end")

    bus.on_settled(fails)
    bus.on_settled(lambda: called.append("settled"))
    with caplog.at_level(logging.ERROR):
        bus.settle()

    assert called == ["settled"]
    assert [record.getMessage() for record in caplog.records] == ["a listener failed"]
