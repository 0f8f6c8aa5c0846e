"""A connection to a gateway that says all sorts of things."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from cli.agent.gateway.device import Device
from cli.agent.gateway.link import GatewayGone, GatewayLink, GatewayRefused, dial

CHALLENGE = {"type": "event", "event": "connect.challenge", "payload": {"nonce": "n", "ts": 1}}
HELLO = {"type": "res", "id": "0", "ok": True, "payload": {"server": {"version": "1"}}}
NOISE: list[Any] = [[], None, 7, {"type": "event", "payload": []}, {"type": "res", "id": [], "payload": "x"}]


@asynccontextmanager
async def gateway(first: list[Any], then: list[Any]) -> AsyncIterator[str]:
    """Listen; say some frames at once, and others, one after the other, to what is asked."""

    async def answer(socket: ServerConnection) -> None:
        try:
            for frame in first:
                await socket.send(json.dumps(frame))
            await socket.recv()
            for frame in then:
                if frame == "wait":
                    await socket.recv()
                else:
                    await socket.send(json.dumps(frame))
            await socket.wait_closed()
        except ConnectionClosed:
            pass

    async with serve(answer, "127.0.0.1", 0) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def linked(url: str, folder: Path, noticed: list[str]) -> AsyncIterator[GatewayLink]:
    async with dial(url) as socket:
        link = GatewayLink(socket, noticed.append)
        await link.greet(Device(folder / "device.json", url), "token")
        listening = asyncio.get_running_loop().create_task(link.listen())
        yield link
        listening.cancel()


async def test_noise_is_no_answer_and_ends_nothing(tmp_path: Path) -> None:
    noticed: list[str] = []
    accepted = {"type": "res", "id": "1", "ok": True, "payload": {"status": "accepted"}}
    final = {"type": "res", "id": "1", "ok": True, "payload": {"status": "ok"}}
    tick = {"type": "event", "event": "tick"}
    async with (
        gateway([CHALLENGE], [*NOISE, HELLO, "wait", *NOISE, accepted, tick, final]) as url,
        linked(url, tmp_path, noticed) as link,
    ):
        told = await link.request("agent", {})

    assert told == {"status": "ok"}
    assert "tick" in noticed


async def test_what_a_gateway_refuses_is_told(tmp_path: Path) -> None:
    no = {"type": "res", "ok": False, "error": {"code": "FORBIDDEN", "message": "no", "retryable": True}}
    async with (
        gateway([CHALLENGE], [HELLO, "wait", no | {"id": "1"}]) as url,
        linked(url, tmp_path, []) as link,
    ):
        with pytest.raises(GatewayRefused, match="no") as refused:
            await link.request("cron.add", {})
    async with gateway([CHALLENGE], [no | {"id": "0"}]) as url:
        with pytest.raises(GatewayRefused):
            async with linked(url, tmp_path, []):
                pass

    assert (refused.value.code, refused.value.is_retryable) == ("FORBIDDEN", True)


@pytest.mark.parametrize("first", [[{}], [{"type": "event", "payload": {"nonce": "n"}}], ["x"]])
async def test_what_is_no_gateway_is_gone(tmp_path: Path, first: list[Any]) -> None:
    async with gateway(first, []) as url:
        with pytest.raises(GatewayGone):
            async with linked(url, tmp_path, []):
                pass


async def test_who_waits_hears_that_the_connection_is_gone(tmp_path: Path) -> None:
    async with gateway([CHALLENGE], [HELLO]) as url, linked(url, tmp_path, []) as link:
        with pytest.raises(GatewayGone, match="in time"):
            await link.request("health", {}, within=0.05)
        asking = asyncio.get_running_loop().create_task(link.request("health", {}, within=None))
        await asyncio.sleep(0.05)
        await link._socket.close()

        with pytest.raises(GatewayGone):
            await asking
        with pytest.raises(GatewayGone):
            await link.request("health", {})
