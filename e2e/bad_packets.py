"""The corpus of bad packets: what is said on an open socket, and what must come of it."""

import json
from dataclasses import dataclass

from e2e.rawsocket import Frame

BIG = 15_000_000  # bytes


@dataclass(frozen=True, slots=True)
class BadPacket:
    """Frames to send, and what answers the last of them.

    `ack` and `error` name the code in the ack, or in the event `error`; `refused` the code of a refused
    CONNECT; `closed` the possible close codes of the WebSocket. With none of them there is no answer, and
    the link goes on.
    """

    name: str
    frames: tuple[Frame, ...]
    ack: str | None = None
    error: str | None = None
    refused: str | None = None
    closed: tuple[int, ...] = ()


def event(name: object, *bodies: object) -> str:
    """Write an event that wants the ack 7."""
    return "427" + json.dumps([name, *bodies])


def message(text: str = "evil", **more: object) -> dict[str, object]:
    """Write the body of a `chat_send`."""
    return {"to_type": "global", "to_id": "global", "payload": {"kind": "text", "text": text}} | more


def receipt(offset: str) -> str:
    """Write a `chat_ack` whose offset is any text at all."""
    return '427["chat_ack",{"room":"global","offset":' + offset + "}]"


def _invalid(name: str, *frames: Frame) -> BadPacket:
    return BadPacket(name, frames, ack="invalid_request")


def _unanswerable(name: str, *frames: Frame) -> BadPacket:
    return BadPacket(name, frames, error="invalid_request")


def _unreadable(name: str, *frames: Frame) -> BadPacket:
    return BadPacket(name, frames, closed=(1002,))


WRONG_BODIES = (
    _invalid("body is a list", event("chat_send", [])),
    _invalid("body is a text", event("chat_send", "evil")),
    _invalid("body is null", event("chat_send", None)),
    _invalid("no body", event("chat_send")),
    _invalid("two bodies", event("chat_send", message(), message())),
    _invalid("field is missing", event("chat_send", {"to_type": "global"})),
    _invalid("field is too much", event("chat_send", message(from_id="operator"))),
    _invalid("__proto__ in the body", event("chat_send", message(__proto__={"role": "master"}))),
    _invalid("id is a number", event("chat_send", message(id=5))),
    _invalid("id is too long", event("chat_send", message(id="a" * 129))),
    _invalid("id is a path", event("chat_send", message(id="../../etc/passwd"))),
    _invalid("dedupe key holds a line break", event("chat_send", message(dedupe_key="a\nb"))),
    _invalid("text is blank", event("chat_send", message(" \t\n"))),
    _invalid("text is too long", event("chat_send", message("x" * 16_001))),
    _invalid("text holds NUL", event("chat_send", message("a\0b"))),
    _invalid("kind is unknown", event("chat_send", message(payload={"kind": "evil", "text": "x"}))),
    _invalid("kind is the relay's", event("chat_send", message(payload={"kind": "system", "event": "x"}))),
    _invalid("offset is a bool", receipt("true")),
    _invalid("offset is a fraction", receipt("1.5")),
    _invalid("offset is negative", receipt("-1")),
    _invalid("offset has 65 bits", receipt(str(2**64))),
    _invalid("offset has 5000 digits", receipt("9" * 5000)),
    _invalid("offset is NaN", receipt("NaN")),
    _invalid("offset is Infinity", receipt("Infinity")),
    _invalid("offset is 1e999", receipt("1e999")),
    _invalid("room is too long", event("chat_history", {"room": "x" * 5000})),
    _invalid("limit is too large", event("chat_history", {"room": "global", "limit": 10**6})),
    _invalid("two anchors", event("chat_history", {"room": "global", "before": 9, "after": 1})),
    BadPacket("room is a path", (event("chat_history", {"room": "../../etc/passwd"}),), ack="not_found"),
    BadPacket("room is a namespace", (event("chat_history", {"room": "/"}),), ack="not_found"),
    BadPacket("room is an inbox", (event("chat_history", {"room": "inbox:operator"}),), ack="not_found"),
    BadPacket(
        "agent is unknown", (event("chat_send", message(to_type="dm", to_id="nobody")),), ack="not_found"
    ),
)

WRONG_JSON = (
    _invalid("lone surrogate", '427["chat_send",{"text":"\\ud800"}]'),
    _invalid("cut off", '427["chat_send",{"to_type":"glob'),
    _invalid("something behind it", '427["room_list",{}]evil'),
    _invalid("byte order mark", '427\ufeff["room_list",{}]'),
    _invalid("30,000 lists deep", '427["chat_send",' + "[" * 30_000 + "]" * 30_000 + "]"),
    _invalid("9 objects deep", '427["chat_send",' + '{"a":' * 9 + "1" + "}" * 9 + "]"),
    _invalid("single quotes", "427['chat_send',{}]"),
    _invalid("comment", '427["chat_send",/**/{}]'),
)

WRONG_EVENTS = (
    _invalid("reserved event connect", event("connect", {"REMOTE_ADDR": "10.9.9.9"}, {"token": "x"})),
    _invalid("reserved event disconnect", event("disconnect", "x")),
    _invalid("reserved event connect_error", event("connect_error", "x")),
    _invalid("our own name for events", event("c2cp", {})),
    _invalid("catch-all", event("*", {})),
    _invalid("__proto__ as event", event("__proto__", {})),
    _invalid("an event of the relay", event("chat_message", message())),
    _invalid("unknown event", event("sudo", {})),
    _invalid("event named by a number", event(5, {})),
    _invalid("event named by an object", event({"a": 1}, {})),
    _invalid("event named by null", event(None)),
    _invalid("event without a name", "427[]"),
    _invalid("event is an object", '427{"chat_send":{}}'),
    _invalid("NUL in the event's name", '427["chat\\u0000send",{}]'),
    _unanswerable("event without anything", "42"),
    _unanswerable("bad body without an ack", '42["chat_send",{}]'),
)

WRONG_PACKETS = (
    _invalid("binary event", '451-7["chat_send",{"_placeholder":true,"num":0}]'),
    _invalid("binary event of ten thousand parts", '459999-7["chat_send",{"_placeholder":true,"num":0}]'),
    _invalid("binary ack", '461-7[{"_placeholder":true,"num":0}]'),
    _invalid("ack that nobody asked for", '437[{"ok":true}]'),
    _invalid("ack without anything", "437"),
    _unanswerable("raw binary frame", b"\x00\x01\x02"),
    _unanswerable("event in a binary frame", b'42["chat_send",{}]'),
    _unanswerable("CONNECT_ERROR from a client", '44{"message":"x"}'),
    _unanswerable("unknown type of packet", '48["room_list",{}]'),
    _unanswerable("negative ack id", '42-1["room_list",{}]'),
    BadPacket("ack id of 200 digits", ("42" + "9" * 200 + '["room_list",{}]',), ack="invalid_request"),
    BadPacket("second CONNECT", ('40{"protocol":2,"token":"clw_a_b"}',)),
    BadPacket("second CONNECT, malformed", ('40{"token":',)),
    BadPacket("CONNECT to another namespace", ('40/admin,{"token":"x"}',), refused="not_found"),
    _unanswerable("event to another namespace", '42/admin,7["room_list",{}]'),
)

WRONG_FRAMES = (
    _unreadable("empty frame", ""),
    _unreadable("no type", "hello"),
    _unreadable("unknown type of frame", "9"),
    _unreadable("OPEN from a client", '0{"sid":"x"}'),
    _unreadable("MESSAGE without a packet", "4"),
    _unreadable("MESSAGE with a list, 30,000 deep", "4" + "[" * 30_000),
    _unreadable("PONG with a list, 30,000 deep", "3" + "[" * 30_000),
    _unreadable("base64 of the polling transport", "b!!!"),
    BadPacket("frame over the limit", (event("chat_send", message("x" * 65_600)),), closed=(1009,)),
    # Who is still sending when the relay hangs up may see the reset before the close code.
    BadPacket("text frame of 15 MB", ("427" + "x" * BIG,), closed=(1009, 1006)),
    BadPacket("binary frame of 15 MB", (b"x" * BIG,), closed=(1009, 1006)),
)

PACKETS = WRONG_BODIES + WRONG_JSON + WRONG_EVENTS + WRONG_PACKETS + WRONG_FRAMES

_GOOD = {"protocol": 2, "token": "clw_nobody_nothing"}

# Said instead of a proper CONNECT.
HANDSHAKES = (
    BadPacket("no auth", ("40",), refused="unauthenticated"),
    BadPacket("auth is a list", ("40[]",), refused="unauthenticated"),
    BadPacket("auth is a text", ('40"evil"',), refused="invalid_request"),
    BadPacket("auth is cut off", ('40{"token":',), refused="invalid_request"),
    BadPacket("auth is 30,000 deep", ("40" + "[" * 30_000,), refused="invalid_request"),
    BadPacket("token is unknown", ("40" + json.dumps(_GOOD),), refused="unauthenticated"),
    BadPacket("token is a number", ('40{"protocol":2,"token":5}',), refused="invalid_request"),
    BadPacket("token holds NUL", ('40{"protocol":2,"token":"a\\u0000"}',), refused="invalid_request"),
    BadPacket(
        "token is too long", ("40" + json.dumps(_GOOD | {"token": "x" * 513}),), refused="invalid_request"
    ),
    BadPacket("protocol is 3", ("40" + json.dumps(_GOOD | {"protocol": 3}),), refused="invalid_request"),
    BadPacket(
        "resume from before the beginning",
        ("40" + json.dumps(_GOOD | {"resume": {"epoch": "x", "offsets": {"global": -1}}}),),
        refused="invalid_request",
    ),
    BadPacket(
        "resume is giant",
        (
            "40"
            + json.dumps(
                _GOOD | {"resume": {"epoch": "x", "offsets": dict.fromkeys(map(str, range(9000)), 1)}}
            ),
        ),
        closed=(1009,),
    ),
)
