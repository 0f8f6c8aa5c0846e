"""Packets: whatever a client sends becomes an event of ours, a connect, a disconnect or a refusal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from socketio.packet import CONNECT, DISCONNECT, EVENT

from app.sockets.packets import EVENT_NAME, Incoming, StrictJson, StrictPacket, event_in
from protocol.errors import InvalidRequest


def incoming(text: object) -> Incoming:
    """Decode what must come out as an event of ours."""
    packet = StrictPacket(encoded_packet=text)
    assert packet.packet_type == EVENT
    name, found = packet.data
    assert name == EVENT_NAME
    assert isinstance(found, Incoming)
    return found


def test_event_arrives_under_our_name_with_its_own_beside_it() -> None:
    assert incoming('2["chat_send",{"a":1}]') == Incoming("chat_send", ({"a": 1},), wants_ack=False)


def test_event_with_an_id_wants_an_ack() -> None:
    packet = StrictPacket(encoded_packet='217["chat_send",{}]')

    assert packet.id == 17
    assert packet.data[1].wants_ack


@pytest.mark.parametrize("name", ["connect", "disconnect", "connect_error", "*", EVENT_NAME, "__proto__", ""])
def test_no_name_reaches_a_handler_of_the_library(name: str) -> None:
    assert incoming(f'2["{name}",{{}}]').name == name


@pytest.mark.parametrize("name", ["1", "null", "{}", "[]", "true", "1.5"])
def test_name_that_is_no_text_is_left_to_the_dispatcher(name: str) -> None:
    assert incoming(f"2[{name},{{}}]").refusal is None


@pytest.mark.parametrize(
    "text",
    [
        "2",
        "2{}",
        "2[]",
        '2"x"',
        "2null",
        "27",
        "2[",
        '2["x",',
        "2['x']",
        '2["x",NaN]',
        '2["x",Infinity]',
        '2["x",1e999]',
        r'2["x","\ud800"]',
        '2["x",' + "[" * 9 + "]" * 9 + "]",
        '2["x",' + "[" * 30_000 + "]" * 30_000 + "]",
        '2["x",' + "9" * 5000 + "]",
        "2" + "1" * 101 + '["x"]',
        '2/other,["x",{}]',
        "3[]",
        "31[{}]",
        "4{}",
        '51-["x",{"_placeholder":true,"num":0}]',
        '5["x"]',
        '61-["x"]',
        '21-["x"]',
        '299999999999-["x"]',
        "7",
        "9",
        "x",
        "-1",
    ],
    ids=lambda text: str(text)[:24],
)
def test_malformed_packet_becomes_a_refusal(text: str) -> None:
    found = incoming(text)

    assert isinstance(found.refusal, InvalidRequest)
    assert found.name is None


@pytest.mark.parametrize("frame", [b"\x00\x01", b'2["x",{}]', bytearray(b"x")])
def test_binary_frame_becomes_a_refusal(frame: object) -> None:
    assert isinstance(incoming(frame).refusal, InvalidRequest)


def test_refusal_of_an_event_with_an_id_can_be_answered() -> None:
    packet = StrictPacket(encoded_packet='25["x",NaN]')

    assert packet.id == 5
    assert packet.data[1].wants_ack


def test_packet_waits_for_no_attachments() -> None:
    packet = StrictPacket(encoded_packet='52-["x",{"_placeholder":true,"num":0}]')

    assert packet.attachment_count == 0


def test_connect_keeps_its_auth() -> None:
    packet = StrictPacket(encoded_packet='0{"token":"t"}')

    assert (packet.packet_type, packet.data) == (CONNECT, {"token": "t"})


@pytest.mark.parametrize("text", ["0{", '0{"a":NaN}', r'0{"a":"\ud800"}', '01-{"a":1}'])
def test_malformed_connect_stays_one_and_says_why(text: str) -> None:
    packet = StrictPacket(encoded_packet=text)

    assert packet.packet_type == CONNECT
    assert isinstance(packet.data, Incoming)
    assert isinstance(packet.data.refusal, InvalidRequest)


def test_disconnect_is_one() -> None:
    assert StrictPacket(encoded_packet="1").packet_type == DISCONNECT


texts = st.text(st.characters(codec=None))
look_alikes = st.from_regex(r"[0-9](/[a-z]*,)?[0-9]{0,4}[\[{]?.*", fullmatch=True)


@given(texts | look_alikes)
def test_no_text_breaks_the_decoder(text: str) -> None:
    packet = StrictPacket(encoded_packet=text)

    assert packet.packet_type in {CONNECT, DISCONNECT, EVENT}


@given(st.binary(min_size=1))
def test_no_bytes_break_the_decoder(frame: bytes) -> None:
    assert isinstance(incoming(frame).refusal, InvalidRequest)


def test_answers_are_encoded_compactly() -> None:
    assert StrictJson.dumps({"a": [1, "ä"]}, separators=(", ", ": ")) == '{"a":[1,"ä"]}'


def test_answer_to_an_event_is_what_clients_expect() -> None:
    packet = StrictPacket(packet_type=3, data=[{"ok": True}], id=5)

    assert packet.encode() == '35[{"ok":true}]'


@pytest.mark.parametrize(
    "text",
    [
        '2["chat_send",{"a":1}]', '217["chat_send",{"a":1}]', "2[]", "2[1,{}]", '21["a"', '2["a",NaN]',
        '2["a",' + "[" * 20 + "]" * 20 + "]", '2["a"]x', "2[\"a\",\"\\ud800\"]",
    ],
)  # fmt: skip
def test_short_way_reads_an_event_as_the_long_one_does(text: str) -> None:
    event = event_in(f"4{text}")
    long = incoming(text)

    assert event is not None
    assert (event.name, event.args) == (long.name, long.args)
    assert event.wants_ack == long.wants_ack
    assert repr(event.refusal) == repr(long.refusal)


@pytest.mark.parametrize(
    "text", ["2", "2{}", '21-["a"]', '2/x,["a"]', "2" + "1" * 30 + '["a"]', '2٣["a"]', "21"]
)
def test_short_way_leaves_what_is_unusual_to_the_long_one(text: str) -> None:
    assert event_in(f"4{text}") is None
