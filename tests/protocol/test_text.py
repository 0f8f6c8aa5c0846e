"""Behaviour of protocol.text: what may be in a string or in JSON, on any transport."""

import json
from contextlib import suppress

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from protocol.errors import InvalidRequest
from protocol.text import (
    MAX_DEPTH,
    MAX_TEXT,
    CleanText,
    MessageText,
    ShortText,
    clean,
    dumps,
    loads,
    nesting,
    not_blank,
)

MESSAGE, SHORT, CLEAN = (TypeAdapter[str](kind) for kind in (MessageText, ShortText, CleanText))
surrogates = st.characters(categories=["Cs"])
sound = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
plain_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | sound
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(sound, inner, max_size=3),
    max_leaves=12,
)


@given(sound)
def test_any_other_text_is_clean(text: str) -> None:
    assert clean(text) == text


@given(sound, surrogates | st.just("\0"), sound)
def test_nul_and_lone_surrogates_are_refused_wherever_they_stand(before: str, bad: str, after: str) -> None:
    with pytest.raises(ValueError, match="not allowed"):
        clean(before + bad + after)


@given(sound, surrogates | st.just("\0"), sound)
def test_no_kind_of_text_lets_a_poisoned_one_through(before: str, bad: str, after: str) -> None:
    for kind in (MESSAGE, SHORT, CLEAN):
        with pytest.raises(ValidationError):
            kind.validate_python(before + bad + after)


@given(st.text(st.characters(categories=["Zs", "Zl", "Zp"]) | st.sampled_from("\t\n\r\v\f"), max_size=20))
def test_text_of_blanks_alone_is_no_message(text: str) -> None:
    with pytest.raises(ValueError, match="blank"):
        not_blank(text)
    with pytest.raises(ValidationError):
        MESSAGE.validate_python(text)


def test_message_may_be_as_long_as_the_limit_and_no_longer() -> None:
    assert MESSAGE.validate_python("ä" * MAX_TEXT)
    with pytest.raises(ValidationError):
        MESSAGE.validate_python("ä" * (MAX_TEXT + 1))


def test_blanks_around_a_message_are_kept() -> None:
    assert MESSAGE.validate_python("  code\n") == "  code\n"


def test_short_text_ends_at_256_characters() -> None:
    assert SHORT.validate_python("a" * 256)
    with pytest.raises(ValidationError):
        SHORT.validate_python("a" * 257)


@given(plain_json)
def test_what_is_encoded_is_decoded_alike(value: object) -> None:
    assert orjson.loads(dumps(value)) == value


@given(plain_json.filter(lambda value: nesting(value) <= MAX_DEPTH))
def test_json_of_sound_depth_is_read_and_deeper_is_refused(value: object) -> None:
    wrapped = value
    for _ in range(MAX_DEPTH - nesting(value)):
        wrapped = [wrapped]

    assert loads(dumps(wrapped)) == wrapped
    with pytest.raises(InvalidRequest, match="nested"):
        loads(dumps([wrapped]))


@pytest.mark.parametrize(
    ("value", "depth"),
    [(1, 0), ("[[[", 0), ([], 1), ({}, 1), ([1], 1), ([[]], 2), ({"a": []}, 2), ([1, {"a": [1]}, 2], 3)],
)
def test_nesting_counts_lists_and_objects_even_empty_ones(value: object, depth: int) -> None:
    assert nesting(value) == depth


@pytest.mark.parametrize(
    "text",
    [
        "",
        "NaN",
        "[Infinity]",
        "-Infinity",
        "1e999",
        "9" * 5000,
        '"\\ud800"',
        '"\ud800"',
        "[1,]",
        "{'a': 1}",
        '{"a": 1} x',
        '"\x01"',
        b"\xff",
        b'"\xed\xa0\x80"',
        "[" * 30_000 + "]" * 30_000,
        "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1),
    ],
    ids=lambda text: repr(text[:12]),
)
def test_poisoned_json_is_an_invalid_request(text: str | bytes) -> None:
    with pytest.raises(InvalidRequest):
        loads(text)


@given(st.text(st.characters()) | st.binary())
def test_any_input_is_json_or_an_invalid_request(text: str | bytes) -> None:
    with suppress(InvalidRequest):
        assert json.dumps(loads(text), allow_nan=False)
