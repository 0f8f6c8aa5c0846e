"""Behaviour of protocol.errors: the tree, its codes, and the way over the wire and back."""

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import errors
from protocol.errors import ClawNetError, Conflict, Internal, Paused, error_of, leaves

LINE = re.compile(r"^(?P<trunk>[│ ]*)[├└]── (?P<name>\w+)(?: +(?P<status>\d{3}))?", re.MULTILINE)
EVERY_CLASS = pytest.mark.parametrize("cls", leaves(), ids=lambda cls: cls.__name__)
# What protocol.md fixes; a change here breaks clients.
CONTRACT = {
    "invalid_request": 422,
    "unauthenticated": 401,
    "forbidden": 403,
    "paused": 403,
    "not_found": 404,
    "conflict": 409,
    "handle_taken": 409,
    "room_exists": 409,
    "dedupe_mismatch": 409,
    "stale_lease": 409,
    "loop_guard": 409,
    "history_gone": 410,
    "too_large": 413,
    "rate_limited": 429,
    "unavailable": 503,
    "internal": 500,
}


def drawn() -> list[tuple[int, str, str | None]]:
    """Read the tree of the module docstring as (depth, class, status)."""
    return [
        (len(line["trunk"]) // 4 + 1, line["name"], line["status"])
        for line in LINE.finditer(errors.__doc__ or "")
    ]


def depth(cls: type[ClawNetError]) -> int:
    return cls.__mro__.index(ClawNetError)


def test_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    assert [(level, name) for level, name, _ in drawn()] == [(depth(cls), cls.__name__) for cls in leaves()]


def test_every_status_in_the_docstring_is_the_status_of_its_class() -> None:
    told = {name: int(status) for _, name, status in drawn() if status}

    assert told == {cls.__name__: cls.status for cls in leaves() if depth(cls) == 1}


def test_codes_and_statuses_are_those_of_the_contract() -> None:
    assert {cls.code: cls.status for cls in leaves()} == CONTRACT


@EVERY_CLASS
def test_code_is_the_name_of_its_class_in_snake_case(cls: type[ClawNetError]) -> None:
    assert re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower() == cls.code


def test_every_code_and_exit_code_belongs_to_one_class() -> None:
    assert max(Counter(cls.code for cls in leaves()).values()) == 1
    assert max(Counter(cls.exit_code for cls in leaves()).values()) == 1


def test_no_refusal_exits_with_the_code_of_success() -> None:
    assert all(0 < cls.exit_code < 64 for cls in leaves())


def test_only_conflicts_and_what_is_paused_share_a_status() -> None:
    alone = [cls for cls in leaves() if not issubclass(cls, Conflict | Paused)]

    assert max(Counter(cls.status for cls in alone).values()) == 1
    assert Conflict.status not in {cls.status for cls in alone}
    assert {cls.status for cls in leaves(Conflict)} == {Conflict.status}


def test_only_what_may_pass_is_retryable() -> None:
    assert {cls.code for cls in leaves() if cls.retryable} == {"rate_limited", "unavailable", "internal"}


@EVERY_CLASS
def test_every_class_says_what_it_means(cls: type[ClawNetError]) -> None:
    assert cls.__doc__


@EVERY_CLASS
@given(
    message=st.text(),
    field=st.none() | st.text(),
    retry_after=st.none() | st.floats(min_value=0, max_value=1e6).map(lambda value: round(value, 3)),
)
def test_error_survives_the_wire(
    cls: type[ClawNetError], message: str, field: str | None, retry_after: float | None
) -> None:
    sent = cls(message, field=field, retry_after=retry_after)

    received = error_of(sent.body())

    assert type(received) is cls
    assert (received.message, received.field, received.retry_after) == (message, field, retry_after)
    assert received.body() == sent.body()


def test_body_holds_only_what_applies() -> None:
    assert set(Internal("oops").body()) == {"code", "message", "retryable"}
    assert set(Internal("oops", field="room", retry_after=1).body()) == {
        "code",
        "message",
        "retryable",
        "field",
        "retry_after",
    }


def test_text_of_an_error_begins_with_its_code() -> None:
    assert str(errors.HandleTaken("ada has it")) == "handle_taken: ada has it"


@pytest.mark.parametrize("retryable", [True, False])
def test_unknown_code_of_a_later_relay_keeps_whether_to_retry(retryable: bool) -> None:
    error = error_of({"code": "eaten_by_a_bear", "message": "sorry", "retryable": retryable})

    assert (error.code, error.retryable, error.message) == ("internal", retryable, "sorry")


@given(
    st.dictionaries(
        st.sampled_from(["code", "message", "retryable", "field", "retry_after"]),
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.lists(st.none()),
    )
)
def test_any_body_becomes_some_error(body: dict[str, object]) -> None:
    assert isinstance(error_of(body), ClawNetError)
