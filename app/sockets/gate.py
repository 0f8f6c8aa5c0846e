"""The gate before Engine.IO: turns away what its decoder would only stumble over.

python-engineio 4.15 decodes a frame outside of any `try`: an empty one, an unknown type or JSON nested too
deep ends in a traceback in the log and a connection that dies without a reason.
"""

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Of Engine.IO's types only MESSAGE carries anything: a Socket.IO packet, which begins with a digit.
_FRAME = re.compile(r"(?:[1356]|[23]probe|[23]|4[0-9].*)", re.DOTALL)
_SEPARATOR = "\x1e"
PROTOCOL_ERROR = 1002


class Gate:
    """Lets frames pass that Engine.IO can read; others end the link (WebSocket) or are answered 400."""

    def __init__(self, app: ASGIApp, *, max_packets: int) -> None:
        self._app = app
        self._max_packets = max_packets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection or request."""
        if scope["type"] == "websocket":
            await self._app(scope, _checked(receive, send), send)
        elif scope["type"] == "http" and scope["method"] == "POST":
            await self._post(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _post(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        if not _is_payload(body, self._max_packets):
            await _refuse(send)
            return
        whole: Message = {"type": "http.request", "body": body, "more_body": False}
        messages = iter([whole])

        async def again() -> Message:
            return next(messages, None) or await receive()

        await self._app(scope, again, send)


def is_packet(text: str) -> bool:
    """Tell whether a text is a packet that a client of Engine.IO may send."""
    return _FRAME.fullmatch(text) is not None


def _checked(receive: Receive, send: Send) -> Receive:
    async def checked() -> Message:
        message = await receive()
        text = message.get("text")
        if message["type"] != "websocket.receive" or text is None or is_packet(text):
            return message
        reason = "not an Engine.IO packet"
        await send({"type": "websocket.close", "code": PROTOCOL_ERROR, "reason": reason})
        return {"type": "websocket.disconnect", "code": PROTOCOL_ERROR}

    return checked


async def _body(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    more = True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(chunks)


def _is_payload(body: bytes, max_packets: int) -> bool:
    try:
        packets = body.decode().split(_SEPARATOR)
    except UnicodeDecodeError:
        return False
    return len(packets) <= max_packets and all(map(is_packet, packets))


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 400, "headers": headers})
    await send({"type": "http.response.body", "body": b"not an Engine.IO payload"})
