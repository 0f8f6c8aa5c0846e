"""Light agents: raw frames over raw sockets, the same for every Socket.IO server, and over IRC.

What is heard is checked: each sender's messages without a hole, in their order, with their content.
"""

import asyncio
import time
from typing import Any, TypeVar

import orjson
from typing_extensions import override

from bench.scenario import Run

PADDING = "What an agent says to the others, at some length." * 3
RECEIPT_AT = 64  # entries, as the client of this repository does it
RECEIPT_EVERY = 0.1  # seconds
PATIENCE = 120.0  # seconds for a whole run
AT_ONCE = 32  # connects under way: a fleet comes back all at once


class Link(asyncio.Protocol):
    """One agent's connection; says what it is told and checks what it hears."""

    def __init__(self, run: Run, number: int, token: str) -> None:
        self._run = run
        self.number = number
        self._token = token
        self._rest = b""
        self._transport: Any = None
        self._ready = asyncio.get_running_loop().create_future()
        self._next: dict[int, int] = {}
        self._to_send = 0
        self._sent = self._acked = 0
        self._room = ""
        self._offset = self._told = 0
        self._timer: asyncio.TimerHandle | None = None
        self._marks = f"{run.label}|"

    async def open(self) -> None:
        """Connect and say who we are."""
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, "127.0.0.1", self._run.target.port)
        await asyncio.wait_for(self._ready, PATIENCE)

    def start(self) -> None:
        """Send as far as the depth allows, and the answers draw the rest; or one by one at a pace."""
        scenario = self._run.scenario
        self._to_send = scenario.messages
        if scenario.rate:
            # Not all at the same moment.
            asyncio.get_running_loop().call_later(self.number / scenario.rate, self._say_in_time)
        else:
            self._say_more()

    def _say_in_time(self) -> None:
        scenario = self._run.scenario
        self._transport.write(self._next_frame())
        if self._sent < self._to_send:
            asyncio.get_running_loop().call_later(scenario.senders / scenario.rate, self._say_in_time)

    def close(self) -> None:
        """Tell what is untold, and leave."""
        if not self._transport.is_closing():
            self._tell()
        self._transport.close()

    @override
    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
            b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" % self._run.target.port
        )

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if not self._ready.done():
            self._ready.set_exception(ConnectionError("the server hung up"))

    @override
    def data_received(self, data: bytes) -> None:
        data = self._rest + data if self._rest else data
        at = 0
        if not self._ready.done() and data.startswith(b"HTTP/"):
            at = data.index(b"\r\n\r\n") + 4
        end = len(data)
        while at + 2 <= end:
            size, begin = data[at + 1], at + 2
            if size == 126:
                size, begin = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            elif size == 127:
                size, begin = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
            if begin + size > end:
                break
            self._frame(data[at] & 15, data[begin : begin + size])
            at = begin + size
        self._rest = data[at:]
        self._receipt()
        self._say_more()

    def _frame(self, opcode: int, body: bytes) -> None:
        if opcode == 1:
            self._packet(body)
        elif opcode == 9:
            self._transport.write(bytes((0x8A, 0x80 | len(body))) + b"\0\0\0\0" + body)
        elif opcode == 8:
            self._fault(f"the server closed: {body!r}")

    def _packet(self, body: bytes) -> None:
        if body.startswith(b'42["chat_message"'):
            self._heard(body)
        elif body.startswith(b"43"):
            self._answered(body[2 : body.index(b"[")], b'"ok":true' in body, body)
        elif body == b"2":
            self._write(b"3")
        elif body.startswith(b"0"):
            self._write(b"40" + orjson.dumps({"protocol": 2, "token": self._token}))
        elif body.startswith(b'42["welcome"') or (
            body.startswith(b"40") and self._run.target.speaks == "bare"
        ):
            self._is_ready()
        elif body.startswith((b"44", b'42["error"')):
            self._fault(body.decode())

    def _is_ready(self) -> None:
        if not self._ready.done():
            self._ready.set_result(None)

    def _heard(self, body: bytes) -> None:
        if self._run.target.speaks == "c2cp" and not self._is_new(body):
            return
        at = body.index(b'"text":"') + 8
        self._text(body[at : body.index(b'"', at)].decode())

    def _is_new(self, body: bytes) -> bool:
        """Tell whether an entry is the next one; what is sent again is told again, as a client does."""
        at = body.index(b'"room":"') + 8
        self._room = body[at : body.index(b'"', at)].decode()
        at = body.index(b'"offset":') + 9
        offset = int(body[at : body.index(b",", at)])
        if self._offset and offset <= self._offset:
            self._run.repeats += 1
            self._told = min(self._told, self._offset - 1)
            return False
        if self._offset and offset > self._offset + 1:
            self._fault(f"offset {offset} after {self._offset}")
        self._offset = offset
        return True

    def _text(self, text: str) -> None:
        run = self._run
        if not text.startswith(self._marks):
            return
        _, sender, number, padding = text.split("|")
        who, which = int(sender), int(number)
        if which != self._next.get(who, 0) or padding != PADDING:
            self._fault(f"{text[:30]} instead of {self._next.get(who, 0)}")
        self._next[who] = which + 1
        run.heard += 1
        if run.heard % 16 == 0:
            run.waits.append(time.perf_counter() - run.sent_at[who, which])
        if run.heard >= run.expected():
            run.changed.set()

    def _answered(self, number: bytes, is_ok: bool, body: bytes) -> None:
        if not is_ok:
            self._fault(body.decode())
        if int(number) != self._acked:
            self._fault(f"answer {number!r} instead of {self._acked}")
        self._run.acks.append(time.perf_counter() - self._run.sent_at[self.number, self._acked])
        self._acked += 1
        if self._acked == self._run.scenario.messages:
            self._run.changed.set()

    @property
    def is_done(self) -> bool:
        """Tell whether everything that was sent is answered."""
        return self._acked == self._to_send

    def _say_more(self) -> None:
        if self._run.scenario.rate:
            return
        frames = []
        while self._sent < self._to_send and self._sent - self._acked < self._run.scenario.depth:
            frames.append(self._next_frame())
        if frames:
            self._transport.write(b"".join(frames))

    def _next_frame(self) -> bytes:
        frame = self._said(self._sent)
        self._run.sent_at[self.number, self._sent] = time.perf_counter()
        self._sent += 1
        return frame

    def _said(self, number: int) -> bytes:
        run = self._run
        text = f"{self._marks}{self.number}|{number}|{PADDING}"
        to = run.target.agent_id(1) if run.scenario.is_dm else "global"
        body = {
            "id": f"{run.label}-{self.number}-{number}",
            "to_type": "dm" if run.scenario.is_dm else "global",
            "to_id": to,
            "payload": {"kind": "text", "text": text},
        }
        return frame_of(b"42%d" % number + orjson.dumps(["chat_send", body]))

    def _receipt(self) -> None:
        if not self._room:
            return
        if self._offset - self._told >= RECEIPT_AT:
            self._tell()
        elif self._offset > self._told and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(RECEIPT_EVERY, self._tell)

    def _tell(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._offset > self._told:
            self._told = self._offset
            self._write(b"42" + orjson.dumps(["chat_ack", {"room": self._room, "offset": self._offset}]))

    def _write(self, body: bytes) -> None:
        self._transport.write(frame_of(body))

    def _fault(self, what: str) -> None:
        self._run.faults.append(f"{self._run.target.name} link {self.number}: {what}")
        self._run.changed.set()


class IrcLink(Link):
    """The same over IRC, where a PONG is the answer to a message."""

    @override
    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(b"NICK a%d\r\nUSER a a a :a\r\n" % self.number)

    @override
    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\r\n")
        for line in lines:
            self._line(line)
        self._say_more()

    def _line(self, line: bytes) -> None:
        if b" PRIVMSG " in line:
            self._text(line[line.index(b" :", 1) + 2 :].decode())
        elif b" PONG " in line:
            self._answered(line[line.rindex(b":") + 1 :], True, line)
        elif line.startswith(b"PING"):
            self._transport.write(b"PONG" + line[4:] + b"\r\n")
        elif b" 376 " in line or b" 422 " in line:
            self._transport.write(b"JOIN #global\r\n")
        elif b" 366 " in line:
            self._is_ready()

    @override
    def _said(self, number: int) -> bytes:
        to = "a1" if self._run.scenario.is_dm else "#global"
        text = f"{self._marks}{self.number}|{number}|{PADDING}"
        return f"PRIVMSG {to} :{text}\r\nPING :{number}\r\n".encode()


def frame_of(body: bytes) -> bytes:
    """Put a text into a client's frame; a mask of zeros changes nothing."""
    size = len(body)
    head = bytes((0x81, 0x80 | size)) if size < 126 else b"\x81\xfe" + size.to_bytes(2, "big")
    return head + b"\0\0\0\0" + body


Kind = TypeVar("Kind", bound=Link)


async def links_of(
    run: Run, count: int, kind: type[Kind], *, first: int = 0, at_once: int = AT_ONCE
) -> list[Kind]:
    """Connect so many agents from the `first` on, `at_once` of them at a time."""
    tokens = await asyncio.to_thread(run.target.tokens, first + count)
    links = [kind(run, number, token) for number, token in enumerate(tokens)][first:]
    for begin in range(0, count, at_once):
        await asyncio.gather(*(link.open() for link in links[begin : begin + at_once]))
    return links
