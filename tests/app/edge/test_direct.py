"""The direct way: what it reaches for in uvicorn is there, and without it nothing is lost."""

import inspect

import pytest
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from app.edge import direct
from app.edge.direct import DirectWebSocket, websocket_class
from app.edge.slowness import MortalWebSocket
from app.sockets import lean


def test_uvicorn_as_we_know_it_gets_the_direct_way() -> None:
    assert websocket_class() is DirectWebSocket


@pytest.mark.parametrize("name", direct._REACHED_FOR)
def test_another_uvicorn_gets_the_way_of_asgi(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(WebSocketsSansIOProtocol, name)

    assert websocket_class() is MortalWebSocket


def test_library_keeps_its_state_where_it_is_looked_for() -> None:
    source = inspect.getsource(WebSocketsSansIOProtocol)

    for attribute in (
        "close_sent", "conn", "curr_msg_data_type", "disconnected", "frames", "read_paused", "scope",
        "transport", "writable",
    ):  # fmt: skip
        assert f"self.{attribute}" in source


def test_both_sides_mean_the_same_extension() -> None:
    assert direct.EXTENSION == lean.EXTENSION
