"""A line holds together, or is known to be damaged."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.payloads import TextPayload
from storage.json_file.lines import DamagedLine, decode, encode

LINE = encode({"type": "setting", "key": "k", "value": "wörld\n\u2028"}, tx=7, is_last=True)


def test_line_is_json_of_one_line_with_its_transaction() -> None:
    assert LINE.count(b"\n") == 1
    assert orjson.loads(LINE).keys() == {"crc", "type", "key", "value", "tx", "end"}
    assert decode(LINE[:-1]) == {
        "type": "setting",
        "key": "k",
        "value": "wörld\n\u2028",
        "tx": 7,
        "end": True,
    }


def test_entry_that_was_read_is_numbered_anew() -> None:
    entry = decode(LINE[:-1])

    assert decode(encode(entry, tx=8, is_last=False)[:-1]) == entry | {"tx": 8, "end": False}


def test_models_are_written_as_their_fields() -> None:
    line = encode({"type": "x", "payload": TextPayload(text="hi")}, tx=1, is_last=True)

    assert decode(line[:-1])["payload"] == {"kind": "text", "text": "hi", "reply_to": None, "mentions": []}


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(TypeError):
        encode({"type": "x", "payload": object()}, tx=1, is_last=True)


@given(at=st.integers(0, len(LINE) - 2), bit=st.integers(0, 7))
def test_every_bit_that_flips_is_noticed(at: int, bit: int) -> None:
    flipped = bytearray(LINE[:-1])
    flipped[at] ^= 1 << bit

    with pytest.raises(DamagedLine):
        decode(bytes(flipped))


@given(length=st.integers(0, len(LINE) - 2))
def test_every_cut_is_noticed(length: int) -> None:
    with pytest.raises(DamagedLine):
        decode(LINE[:length])
