"""The direct way: what it reaches for in uvicorn is there, and without it nothing is lost."""

import pytest
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import Protocol

from app.edge import direct
from app.edge.direct import DirectWebSocket, websocket_class
from app.edge.slowness import MortalWebSocket
from app.sockets import lean


def test_uvicorn_as_we_know_it_gets_the_direct_way() -> None:
    assert websocket_class() is DirectWebSocket


def test_who_wants_the_libraries_alone_gets_the_way_of_asgi() -> None:
    assert websocket_class("plain") is MortalWebSocket


@pytest.mark.parametrize("name", direct._METHODS)
def test_another_uvicorn_gets_the_way_of_asgi(
    name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delattr(WebSocketsSansIOProtocol, name)

    assert websocket_class() is MortalWebSocket
    assert "without the direct way" in caplog.text


def test_uvicorn_with_another_state_gets_the_way_of_asgi(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WebSocketsSansIOProtocol, "__init__", lambda *_: None)

    assert websocket_class() is MortalWebSocket


def test_another_websockets_gets_the_way_of_asgi(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Protocol, "__init__", lambda *_: None)

    assert websocket_class() is MortalWebSocket


def test_both_sides_mean_the_same_extension() -> None:
    assert direct.EXTENSION == lean.EXTENSION
