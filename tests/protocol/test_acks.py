"""Behaviour of protocol.acks: what a sender gets back."""

import pytest
from pydantic import ValidationError

from protocol.acks import Answer, Done, Sent, ok, refusal
from protocol.errors import RateLimited, error_of
from protocol.events import CLIENT_EVENTS
from protocol.text import dumps, loads

NOW = "2026-01-02T03:04:05.678Z"
SENT = Sent(id="m1", room="global", offset=3, ts=NOW)


def test_yes_holds_ok_the_answer_and_the_time() -> None:
    ack = ok(SENT, server_time=NOW)

    assert ack == {
        "ok": True,
        "id": "m1",
        "room": "global",
        "offset": 3,
        "ts": NOW,
        "duplicate": False,
        "unreachable": [],
        "task_ids": [],
        "unknown": [],
        "notice": None,
        "durability": "memory",
        "server_time": NOW,
    }


def test_bare_yes_is_ok_and_the_time() -> None:
    assert ok(Done(), server_time=NOW) == {"ok": True, "server_time": NOW}


def test_no_holds_the_error_and_not_the_answer() -> None:
    error = RateLimited("slower, please", retry_after=1.5)

    ack = refusal(error, server_time=NOW)

    assert ack == {"ok": False, "error": error.body(), "server_time": NOW}
    assert type(error_of(error.body())) is RateLimited


def test_ack_is_json_and_stays_what_it_is() -> None:
    ack = ok(SENT, server_time=NOW)

    assert loads(dumps(ack)) == ack


@pytest.mark.parametrize(
    "answer", dict.fromkeys(event.answer for event in CLIENT_EVENTS.values()), ids=lambda cls: cls.__name__
)
def test_no_answer_hides_the_fields_of_the_ack_itself(answer: type[Answer]) -> None:
    assert {"ok", "error", "server_time"} & set(answer.model_fields) == set()


def test_offset_of_an_answer_is_in_the_range_that_every_json_reader_keeps() -> None:
    with pytest.raises(ValidationError):
        Sent(id="m1", room="global", offset=2**53 + 1, ts=NOW)
