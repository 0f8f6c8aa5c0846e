"""Cursors of streams: what goes in comes out, and what no relay made is refused."""

import base64
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.delivery.positions import MAX_LENGTH, decode, encode
from protocol.errors import InvalidRequest


@given(
    st.text(max_size=40).filter(lambda text: text.isprintable()),
    st.dictionaries(st.text(min_size=1, max_size=20), st.integers(0, 2**53), max_size=20),
)
def test_cursor_says_what_was_put_in(epoch: str, offsets: dict[str, int]) -> None:
    position = decode(encode(epoch, offsets))

    assert position.epoch == epoch
    assert {room: position.of(room) for room in offsets} == offsets


def test_cursor_knows_nothing_of_other_rooms() -> None:
    assert decode(encode("first", {"alpha": 3})).of("beta") is None


def test_cursor_of_a_thousand_rooms_fits_into_a_header() -> None:
    rooms = {f"dm:{'a' * 64}:{n:0>64}": 1_000_000 + n for n in range(1_000)}

    assert len(encode("e" * 16, rooms)) < MAX_LENGTH / 2


@given(st.binary(max_size=200))
def test_any_bytes_are_a_cursor_or_refused(data: bytes) -> None:
    with suppress(InvalidRequest):
        decode(base64.urlsafe_b64encode(data).decode().rstrip("="))


@pytest.mark.parametrize("cursor", ["", "?", "é", "AAAA", "A", "x" * (MAX_LENGTH + 4), "AQE", "ARRRRRRR"])
def test_what_no_relay_made_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidRequest):
        decode(cursor)
