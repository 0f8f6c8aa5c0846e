"""The corpus of bad requests: what is sent over HTTP, and how each is refused."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
MESSAGES = "/api/v1/messages"
HISTORY = "/api/v1/rooms/global/history"
POLLING = "/socket.io/?EIO=4&transport=polling"
GOOD = '{"to_type":"global","to_id":"global","text":"evil"}'

Body = bytes | Callable[[], AsyncIterator[bytes]] | None


@dataclass(frozen=True, slots=True)
class BadRequest:
    """A request, the possible statuses of its answer, and its code; None: the answer is no problem+json."""

    name: str
    path: str
    status: tuple[int, ...]
    code: str | None
    method: str = "GET"
    body: Body = None
    headers: dict[str, str | bytes] = field(default_factory=dict)


async def stream() -> AsyncIterator[bytes]:
    """Send 640 KB without saying so before."""
    for _ in range(10):
        yield b"x" * 65_536


def _body(name: str, body: Body | str, **more: object) -> BadRequest:
    raw = body.encode() if isinstance(body, str) else body
    given = {"status": (422,), "code": "invalid_request", "headers": JSON, "path": MESSAGES}
    return BadRequest(name, method="POST", body=raw, **(given | more))  # type: ignore[arg-type]


def _text(text: str) -> str:
    return '{"to_type":"global","to_id":"global","text":' + text + "}"


def _query(name: str, query: str) -> BadRequest:
    return BadRequest(name, f"{HISTORY}?{query}", (422,), "invalid_request")


def _hidden(name: str, path: str) -> BadRequest:
    return BadRequest(name, path, (404,), "not_found")


def _stranger(name: str, value: str | bytes, **more: str) -> BadRequest:
    headers = {"authorization": value, **more}
    return BadRequest(name, "/api/v1/rooms", (401,), "unauthenticated", headers=headers)


def _transport(name: str, path: str, **more: object) -> BadRequest:
    given: dict[str, object] = {"status": (400,), "code": None, "path": path}
    return BadRequest(name, **(given | more))  # type: ignore[arg-type]


BODIES = (
    _body("JSON is cut off", '{"to_type":'),
    _body("no body", ""),
    _body("body is a list", "[]"),
    _body("body is a text", '"evil"'),
    _body("body is null", "null"),
    _body("body is a number", "5"),
    _body("a key twice", '{"to_type":"global","to_id":"global","text":"a","text":"b"}'),
    _body("a key twice, further down", _text('"x"')[:-1] + ',"payload":{"kind":"text","kind":"text"}}'),
    _body("NaN", _text("NaN")),
    _body("Infinity", _text("-Infinity")),
    _body("1e999", _text("1e999")),
    _body("5000 digits", _text("9" * 5000)),
    _body("lone surrogate", _text('"\\ud800"')),
    _body("NUL", _text('"a\\u0000"')),
    _body("100,000 deep", "[" * 100_000 + "]" * 100_000),
    _body("20 deep", '{"a":' * 20 + "1" + "}" * 20),
    _body("not UTF-8", _text('"').encode() + b'\xff\xfe"}'),
    _body("UTF-16", GOOD.encode("utf-16")),
    _body("byte order mark", "\ufeff" + GOOD),
    _body("compressed", b"\x1f\x8b\x08\x00", headers=JSON | {"content-encoding": "gzip"}),
    _body("a form", "to_type=global&to_id=global&text=evil", headers=FORM),
    _body("plain text", GOOD, headers={"content-type": "text/plain"}),
    _body("multipart", "--x\r\n", headers={"content-type": "multipart/form-data; boundary=x"}),
    _body("a field too much", GOOD[:-1] + ',"from_id":"operator"}'),
    _body("__proto__", GOOD[:-1] + ',"__proto__":{"role":"master"}}'),
    _body("text and payload", GOOD[:-1] + ',"payload":{"kind":"text","text":"x"}}'),
    _body("text is too long", _text('"' + "x" * 16_001 + '"')),
    _body("id is a path", GOOD[:-1] + ',"id":"../../x"}'),
    _body("over the limit", b"x" * 300_000, status=(413,), code="too_large"),
    _body("over the limit, in chunks", stream, status=(413,), code="too_large"),
    _body(
        "over the limit, into the socket", stream, path=POLLING + "&sid=x", status=(413,), code="too_large"
    ),
    _body("an id of a path", '{"agent_id":"../x"}', path="/api/v1/agents", status=(422, 403)),
    _body(
        "a role for oneself",
        '{"agent_id":"x","role":"master"}',
        path="/api/v1/agents",
        status=(403,),
        code="forbidden",
    ),
    _body(
        "the handle of another",
        '{"agent_id":"one","handle":"x"}',
        path="/api/v1/handles",
        status=(403,),
        code="forbidden",
    ),
    _body("a room of 65 letters", json.dumps({"id": "r" * 65}), path="/api/v1/rooms"),
    _body("a room of 300 members", json.dumps({"id": "rr", "members": ["one"] * 300}), path="/api/v1/rooms"),
    _body(
        "the global room again", '{"id":"global"}', path="/api/v1/rooms", status=(409,), code="room_exists"
    ),
    _body("a guest without an id", "{}", path="/api/v1/rooms/global/invite"),
)

QUERIES = (
    _query("limit is 0", "limit=0"),
    _query("limit is a word", "limit=all"),
    _query("limit is NaN", "limit=NaN"),
    _query("limit has 23 digits", "limit=" + "9" * 23),
    _query("limit is no UTF-8", "limit=%ff"),
    _query("before is negative", "before=-1"),
    _query("two anchors over REST", "before=1&after=1"),
)

PATHS = (
    _hidden("traversal", "/api/v1/rooms/..%2f..%2f..%2fetc%2fpasswd/history"),
    _hidden("traversal, encoded wholly", "/api/v1/rooms/%2e%2e%2f%2e%2e%2fetc%2fpasswd"),
    _hidden("room of separators", "/api/v1/rooms/dm:::/history"),
    _hidden("an inbox", "/api/v1/rooms/inbox:operator/history"),
    _hidden("path is no UTF-8", "/api/v1/rooms/%ff%fe/history"),
    _hidden("path holds a surrogate", "/api/v1/rooms/%ed%a0%80/history"),
    _hidden("nothing there", "/api/v1/nope"),
    BadRequest("path holds NUL", "/api/v1/rooms/a%00b/history", (422, 404), "invalid_request"),
    BadRequest("path of 5000 letters", f"/api/v1/rooms/{'a' * 5000}/history", (422, 404), "invalid_request"),
    BadRequest("method is not served", MESSAGES, (405,), "invalid_request", method="DELETE"),
    BadRequest("method of WebDAV", "/api/v1/rooms", (405,), "invalid_request", method="PROPFIND"),
)

STRANGERS = (
    _stranger("no token", ""),
    _stranger("basic auth", "Basic b3BlcmF0b3I6eA=="),
    _stranger("unknown token", "Bearer clw_nobody_nothing"),
    _stranger("token of 10,000 letters", "Bearer " + "a" * 10_000),
    _stranger("token in Latin-1", b"Bearer \xfc"),
    _stranger("token with a surrogate", b"Bearer \xed\xa0\x80"),
    _stranger("token in a cookie", "", cookie="token=x"),
    BadRequest(
        "token in the query",
        "/api/v1/rooms?token=x",
        (401,),
        "unauthenticated",
        headers={"authorization": ""},
    ),
)

TRANSPORTS = (
    _transport("Engine.IO 3", "/socket.io/?EIO=3&transport=polling"),
    _transport("transport by pigeon", "/socket.io/?EIO=4&transport=pigeon"),
    _transport("unknown session", POLLING + "&sid=../../x"),
    _transport("JSONP of a word", POLLING + "&j=x"),
    _transport("WebSocket without an upgrade", "/socket.io/?EIO=4&transport=websocket"),
    _transport("nothing said", "/socket.io/"),
    _transport(
        "foreign origin",
        POLLING,
        headers={"origin": "https://evil.example"},
        status=(403,),
        code="forbidden",
    ),
    _transport("foreign host", POLLING, headers={"host": "evil.example"}, status=(403,), code="forbidden"),
    _transport("PUT", POLLING, method="PUT", status=(405,)),
)

REQUESTS = BODIES + QUERIES + PATHS + STRANGERS + TRANSPORTS

# Bodies of the polling transport, all of them answered 400.
PAYLOADS = {
    "no packet": b"",
    "no type": b"hello",
    "unknown type": b"9",
    "OPEN": b"0{}",
    "MESSAGE without a packet": b"4",
    "not UTF-8": b"4\xff",
    "base64": b"bAAAA",
    "JSONP": b"d=4",
    "30,000 deep": b"4" + b"[" * 30_000,
    "2000 packets": b"\x1e".join([b"3"] * 2000),
}
