"""Version 1 as one of the dialects of the agents' door, put together from its tables."""

from contextlib import suppress
from functools import partial
from typing import Any

from app.actor import Actor, Via
from app.delivery.engine import Delivery
from app.services.shared_secret import SharedSecretService
from app.services.telemetry import TelemetryService
from app.sockets.dialects import Admitted, Auth, handshake_of
from app.sockets.dispatch import Dispatcher
from app.sockets.sessions import Session
from app.sockets.v1.bodies import Handshake
from app.sockets.v1.bulletins import Bulletins
from app.sockets.v1.orders import Orders
from app.sockets.v1.outgoing import FirstEncoding
from app.sockets.v1.wire import FirstWire, Turns
from app.sockets.wire import HangUp
from protocol.errors import InvalidRequest, NotFound
from protocol.requests import Report
from protocol.v1 import claimed_role


class FirstDialect:
    """Lets v1 clients in, by a token of their own or by the secret they share, and speaks as they do."""

    def __init__(
        self,
        *,
        shared: SharedSecretService,
        dispatcher: Dispatcher,
        delivery: Delivery,
        telemetry: TelemetryService,
        bulletins: Bulletins,
        orders: Orders,
    ) -> None:
        self.dispatcher = dispatcher
        self._shared = shared
        self._delivery = delivery
        self._telemetry = telemetry
        self._bulletins = bulletins
        self._orders = orders
        self._encoding = FirstEncoding()

    async def admit(self, auth: Auth, address: str | None) -> Admitted:
        said = handshake_of(Handshake, auth)
        role = claimed_role(said.role)
        actor = await self._shared.admit(said.token, said.agent_id, role, Via.SOCKET, address)
        # Specs that are no specs keep nobody out.
        with suppress(InvalidRequest):
            self._telemetry.hear(actor, Report(specs=said.specs))
        return Admitted(actor)

    def renewed(self, actor: Actor) -> Actor | None:
        return self._shared.actor_of(actor.token_id or "", actor.via, actor.address)

    def wire(self, connection_id: str, socket: Any, hang_up: HangUp) -> FirstWire:
        def received(room: str, offset: int) -> None:
            # It may have left the room, or gone, since.
            with suppress(NotFound):
                self._delivery.acknowledge(connection_id, room, offset)

        turns = Turns(
            due=partial(self._bulletins.due, connection_id),
            admits=partial(self._orders.admits, connection_id),
            received=received,
            ordered=partial(self._orders.written, connection_id),
        )
        return FirstWire(dialect=self._encoding, socket=socket, hang_up=hang_up, turns=turns)

    def opened(self, session: Session) -> None:
        self._bulletins.open(session)
        self._orders.open(session)

    def closed(self, session: Session) -> None:
        self._bulletins.close(session)
        self._orders.close(session)
