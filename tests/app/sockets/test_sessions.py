"""Sessions: who is behind a connection, for as long as it is accepted."""

from typing import cast

from app.actor import Actor, Via
from app.sockets.dialects import Dialect
from app.sockets.sessions import Session, Sessions
from protocol.roles import Role
from tests.fakes import FakeWire

NO_DIALECT = cast("Dialect", None)  # nobody here asks for it


def a_session(connection_id: str) -> Session:
    return Session(connection_id, Actor("ann", "ann", Role.WORKER, Via.SOCKET), FakeWire(), NO_DIALECT)


def test_open_session_is_found_by_its_connection() -> None:
    sessions, session = Sessions(), a_session("one")

    sessions.open(session)

    assert sessions.get("one") is session
    assert sessions.get("two") is None


def test_closed_session_is_returned_once_and_then_forgotten() -> None:
    sessions, session = Sessions(), a_session("one")
    sessions.open(session)

    closed = sessions.close("one")

    assert closed is session
    assert sessions.close("one") is None
    assert sessions.get("one") is None
