"""Keeps one connection to the gateway open, and knows why there is none."""

import asyncio
import logging
from collections.abc import Callable

from websockets.exceptions import WebSocketException

from cli.agent.backends import BackendAway
from cli.agent.gateway.device import Device
from cli.agent.gateway.link import OPEN_TIMEOUT, GatewayGone, GatewayLink, GatewayRefused, body_of, dial
from protocol.reliability import RetryPolicy

log = logging.getLogger("clawnet.agent")

RETRY = RetryPolicy(first=0.5, cap=30.0)


class Gateway:
    """A gateway that comes and goes."""

    def __init__(
        self, url: str, device: Device, token: str | None, *, noticed: Callable[[str], None]
    ) -> None:
        self._url = url
        self._device = device
        self._token = token
        self._noticed = noticed
        self._link: GatewayLink | None = None
        self._is_up = asyncio.Event()
        self._reason = "it has not answered yet"

    @property
    def link(self) -> GatewayLink | None:
        """Return the connection, if there is one."""
        return self._link

    @property
    def reason(self) -> str:
        """Return why there is no connection."""
        return self._reason

    async def linked(self, within: float | None) -> GatewayLink:
        """Return the connection, once there is one; wait for ever, or for so many seconds.

        Raises:
            BackendAway: there was none in time.
        """
        try:
            async with asyncio.timeout(within):
                while self._link is None:
                    await self._is_up.wait()
        except TimeoutError:
            raise BackendAway(f"OpenClaw's gateway can't be reached: {self._reason}") from None
        return self._link

    async def live(self) -> None:
        """Stay connected, for ever."""
        attempt = 0
        while True:
            was_up = await self._live_once()
            attempt = 0 if was_up else attempt + 1
            await asyncio.sleep(RETRY.delay(max(attempt - 1, 0)))

    async def _live_once(self) -> bool:
        """Live through one connection; tell whether it was ever one."""
        token = self._device.token or self._token
        if token is None:
            self._fail("there is no token for it: use --gateway-token-file once")
            return False
        try:
            async with dial(self._url) as socket:
                link = GatewayLink(socket, self._noticed)
                async with asyncio.timeout(OPEN_TIMEOUT):
                    await link.greet(self._device, token)
                await self._serve(link)
        except GatewayRefused as refusal:
            self._refused(refusal, token)
            return False
        except (WebSocketException, OSError, GatewayGone, TimeoutError) as error:
            self._fail(str(error) or type(error).__name__)
            return False
        return True

    async def _serve(self, link: GatewayLink) -> None:
        if given := body_of(link.hello.get("auth")).get("deviceToken"):
            self._device.keep(str(given))
        log.info("connected to OpenClaw %s", body_of(link.hello.get("server")).get("version"))
        self._link = link
        self._is_up.set()
        self._noticed("hello")
        try:
            await link.listen()
        finally:
            self._link = None
            self._is_up.clear()
            self._reason = "the connection was lost"
            self._noticed("gone")

    def _refused(self, refusal: GatewayRefused, token: str) -> None:
        self._fail(f"it refused: {refusal}")
        if token == self._device.token and self._token is not None and not refusal.is_retryable:
            log.info("the gateway does not take the device token any more; pairing anew")
            self._device.keep(None)

    def _fail(self, reason: str) -> None:
        if reason != self._reason:
            log.warning("no connection to OpenClaw's gateway: %s", reason)
        self._reason = reason
