"""What differs between the versions of the protocol: one object a version, chosen once a connection."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from app.actor import Actor, Via
from app.delivery.wire import Wire
from app.services.credentials import CredentialService
from app.sockets.dispatch import Dispatcher
from app.sockets.packets import Incoming
from app.sockets.sessions import Session
from app.sockets.wire import HangUp, SecondEncoding, SocketWire
from protocol.errors import InvalidRequest
from protocol.requests import Handshake, Resume

Auth = Mapping[str, Any]
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Admitted:
    """Who was let in, and where it left off if it said so."""

    actor: Actor
    resume: Resume | None = None


class Dialect(Protocol):
    """A version of the protocol: who is let in, how events are read and answered, how pushes are written.

    How its readers' cursors move is a matter of the wire that it makes.
    """

    @property
    def dispatcher(self) -> Dispatcher:
        """Return what reads and answers the events of its clients."""
        ...

    async def admit(self, auth: Auth, address: str | None) -> Admitted:
        """Let a connection in.

        Raises:
            ClawNetError: it is not let in.
        """
        ...

    def renewed(self, actor: Actor) -> Actor | None:
        """Return an actor with its authority of this moment, or None when it has none any more."""
        ...

    def wire(self, connection_id: str, socket: object, hang_up: HangUp) -> Wire:
        """Return the way out to a connection."""
        ...

    def opened(self, session: Session) -> None:
        """Note that a connection is served from now on."""
        ...

    def closed(self, session: Session) -> None:
        """Note that a connection is gone."""
        ...


class SecondDialect:
    """C2CP v2: tokens alone say who somebody is, and readers acknowledge."""

    def __init__(self, *, credentials: CredentialService, dispatcher: Dispatcher) -> None:
        self.dispatcher = dispatcher
        self._credentials = credentials
        self._encoding = SecondEncoding()

    async def admit(self, auth: Auth, address: str | None) -> Admitted:
        handshake = handshake_of(Handshake, auth)
        actor = await self._credentials.authenticate(handshake.token, Via.SOCKET, address)
        return Admitted(actor, handshake.resume)

    def renewed(self, actor: Actor) -> Actor | None:
        return self._credentials.actor_of(actor.token_id or "", actor.via, actor.address)

    def wire(self, connection_id: str, socket: object, hang_up: HangUp) -> SocketWire:
        del connection_id
        return SocketWire(dialect=self._encoding, socket=socket, hang_up=hang_up)

    def opened(self, session: Session) -> None:
        """Note nothing: what a v2 client needs to know is in its welcome."""

    def closed(self, session: Session) -> None:
        """Note nothing."""


class Dialects:
    """The versions that this relay speaks; who names none speaks the first."""

    def __init__(self, versions: Mapping[int, Dialect]) -> None:
        self._versions = versions

    def choose(self, auth: object) -> tuple[Dialect, Auth]:
        """Return the version that a handshake asks for, and what the handshake says.

        Raises:
            InvalidRequest: it can't be read, or the relay does not speak that version.
        """
        if isinstance(auth, Incoming):
            raise auth.refusal or InvalidRequest("the handshake can't be read")
        said = {} if auth is None else auth
        if not isinstance(said, dict):
            raise InvalidRequest("the handshake's auth is malformed", field="auth")
        version = said.get("protocol")
        number = 1 if version is None else version
        dialect = self._versions.get(number) if type(number) is int else None
        if dialect is None:
            raise InvalidRequest("this relay does not speak that version", field="protocol")
        return dialect, said


def handshake_of(model: type[Model], auth: Auth) -> Model:
    """Read what a handshake says.

    Raises:
        InvalidRequest: it is malformed.
    """
    try:
        return model.model_validate(auth)
    except ValidationError:
        raise InvalidRequest("the handshake's auth is malformed", field="auth") from None
