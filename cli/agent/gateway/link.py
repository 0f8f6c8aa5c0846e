"""One WebSocket connection to a gateway: requests, their answers, and events."""

import asyncio
import itertools
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from cli.agent.gateway.device import CLIENT_ID, MODE, PLATFORM, ROLE, SCOPES, Device
from cli.agent.host import own_version

log = logging.getLogger("clawnet.agent")

PROTOCOL = 4
OPEN_TIMEOUT = 15.0  # seconds from the first byte to `hello-ok`
ANSWER = 10.0  # seconds for an answer that needs no model
MAX_FRAME = 26 * 1024 * 1024  # bytes; the gateway's own limit is a little less

Body = dict[str, Any]


class GatewayGone(Exception):
    """The connection is lost; what was asked for may have been done."""


class GatewayRefused(Exception):
    """The gateway said no, and why."""

    def __init__(self, frame: Mapping[str, Any]) -> None:
        error = body_of(frame.get("error"))
        super().__init__(str(error.get("message", "the gateway gave no reason")))
        self.code = str(error.get("code", "UNKNOWN"))
        self.is_retryable = error.get("retryable") is True
        self.payload = body_of(frame.get("payload"))


class GatewayLink:
    """A connection that is used once: `open` it and `listen` until it ends."""

    def __init__(self, socket: ClientConnection, noticed: Callable[[str], None]) -> None:
        self._socket = socket
        self._noticed = noticed
        self._numbers = itertools.count(1)
        self._answers: dict[str, asyncio.Future[Body]] = {}
        self._listeners: dict[str, Callable[[Body], None]] = {}
        self._is_over = False
        self.hello: Body = {}

    async def greet(self, device: Device, token: str) -> None:
        """Answer the challenge with a token, and keep the device token that comes for it.

        Raises:
            GatewayRefused: it does not let us in.
            GatewayGone: it hung up, or speaks something else.
        """
        try:
            challenge = (await self._next())["payload"]
            request = {
                "type": "req",
                "id": "0",
                "method": "connect",
                "params": _hello(device, challenge, token),
            }
            await self._socket.send(json.dumps(request))
            while (frame := await self._next()).get("id") != "0":
                pass
        except (WebSocketException, OSError, ValueError, KeyError, TypeError) as error:
            raise GatewayGone(f"no greeting: {error}") from None
        if not frame.get("ok"):
            raise GatewayRefused(frame)
        self.hello = body_of(frame.get("payload"))

    async def listen(self) -> None:
        """Hear the gateway until the connection ends."""
        try:
            async for raw in self._socket:
                self._heard(body_of(json.loads(raw)))
        except (WebSocketException, OSError, ValueError) as error:
            log.info("the connection to the gateway has ended: %s", error)
        finally:
            self._is_over = True
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(GatewayGone("the connection to the gateway was lost"))

    async def request(
        self, method: str, params: Mapping[str, object], *, within: float | None = ANSWER
    ) -> Body:
        """Ask for something and return its final answer.

        Raises:
            GatewayRefused: the gateway said no.
            GatewayGone: the connection was lost, or nothing came in time.
        """
        if self._is_over:
            raise GatewayGone("the connection to the gateway was lost")
        number = str(next(self._numbers))
        answer: asyncio.Future[Body] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        try:
            async with asyncio.timeout(within):
                await self._socket.send(
                    json.dumps({"type": "req", "id": number, "method": method, "params": params})
                )
                told = await answer
        except TimeoutError:
            raise GatewayGone(f"the gateway did not answer {method} in time") from None
        except (WebSocketException, OSError):
            raise GatewayGone("the connection to the gateway was lost") from None
        finally:
            del self._answers[number]
        return told

    @contextmanager
    def listening(self, run_id: str, heard: Callable[[Body], None]) -> Iterator[None]:
        """Hear the events of one run."""
        self._listeners[run_id] = heard
        try:
            yield
        finally:
            self._listeners.pop(run_id, None)

    async def _next(self) -> Body:
        return body_of(json.loads(await self._socket.recv()))

    def _heard(self, frame: Body) -> None:
        if frame.get("type") == "res":
            self._answered(frame)
        elif frame.get("type") == "event":
            payload = body_of(frame.get("payload"))
            self._noticed(str(frame.get("event")))
            if frame.get("event") == "agent" and (heard := self._listeners.get(str(payload.get("runId")))):
                heard(payload)

    def _answered(self, frame: Body) -> None:
        answer = self._answers.get(str(frame.get("id")))
        payload = body_of(frame.get("payload"))
        # A run is answered twice: when it is accepted, and when it has ended.
        if answer is None or answer.done() or payload.get("status") == "accepted":
            return
        if frame.get("ok"):
            answer.set_result(payload)
        else:
            answer.set_exception(GatewayRefused(frame))


def body_of(value: object) -> Body:
    """Return an object of the wire; anything else counts as an empty one."""
    return value if isinstance(value, dict) else {}


def dial(url: str) -> connect:
    """Return a connection to come; it carries a token, so no proxy is let in between."""
    return connect(url, max_size=MAX_FRAME, open_timeout=OPEN_TIMEOUT, compression=None, proxy=None)


def _hello(device: Device, challenge: Mapping[str, object], token: str) -> Body:
    return {
        "minProtocol": PROTOCOL,
        "maxProtocol": PROTOCOL,
        "client": {"id": CLIENT_ID, "version": own_version(), "platform": PLATFORM, "mode": MODE},
        "role": ROLE,
        "scopes": list(SCOPES),
        "caps": ["tool-events"],
        "auth": {"token": token},
        "device": device.proof(challenge, token),
    }
