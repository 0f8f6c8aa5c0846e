"""The relay's core against a simple model, whatever clients do; bugs planted in it must be found."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    run_state_machine_as_test,
)
from typing_extensions import override

from app.delivery.connections import Connection, Connections
from app.delivery.engine import Delivery
from storage.memory import MemoryStore
from storage.ports import Append, Op, Outcome, Write
from tests.app.relay_machine import RelayMachine
from tests.fakes import an_append


class ForgetfulStore(MemoryStore):
    """A store without dedupe: it takes every key for a new one."""

    @override
    async def commit(self, writes: Sequence[Write]) -> list[Outcome]:
        return await super().commit([tuple(map(self._renewed, write)) for write in writes])

    def _renewed(self, op: Op) -> Op:
        if not isinstance(op, Append):
            return op
        self.renewed = getattr(self, "renewed", 0) + 1
        return op._replace(draft=op.draft._replace(dedupe_key=f"new-{self.renewed}"))


class SkippingStore(MemoryStore):
    """A store that gives an offset away now and then."""

    @override
    async def commit(self, writes: Sequence[Write]) -> list[Outcome]:
        if self.bounds("global").head == 6:
            await super().commit([(an_append("nobody-said-this", room="global"),)])
        return await super().commit(writes)


class HoleyDelivery(Delivery):
    """A delivery that goes from replay to live by the head of the moment: what came in between is lost."""

    @override
    async def _pump_page(self, connection: Connection, room: str) -> None:
        await super()._pump_page(connection, room)
        cursor = connection.cursors[room]
        if cursor.sent == cursor.live_from:
            cursor.skip(self._log.bounds(room).head + 1)


class ForgivingDelivery(Delivery):
    """A delivery that takes a lost acknowledgement for one that came."""

    @override
    def _retry_overdue(self, connection: Connection, now: float) -> bool:
        return True


class LingeringConnections(Connections):
    """Connections that go on reading a room after their agent left it."""

    @override
    def leave(self, connection: Connection, room: str) -> None:
        return None


class WithoutDedupe(RelayMachine):
    store_type = ForgetfulStore


class WithSkippedOffsets(RelayMachine):
    store_type = SkippingStore


class WithReplayHole(RelayMachine):
    delivery_type = HoleyDelivery


class WithoutRetry(RelayMachine):
    delivery_type = ForgivingDelivery


class WithLingering(RelayMachine):
    connections_type = LingeringConnections


FULL = settings(
    max_examples=200, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
)
# Always the same examples: whether a planted bug is found must not depend on luck.
HUNT = settings(FULL, phases=[Phase.generate], database=None, derandomize=True, report_multiple_bugs=False)


def test_relay_does_what_its_model_says() -> None:
    run_state_machine_as_test(RelayMachine, settings=FULL)


@pytest.mark.parametrize(
    ("machine", "symptom"),
    [
        (WithoutDedupe, "duplicate=False"),
        (WithSkippedOffsets, "places|wrong place|is another one|never said|in a welcome"),
        (WithReplayHole, r"has \d+ of \d+|entry \d+ after"),
        (WithoutRetry, r"has \d+ of \d+"),
        (WithLingering, "is not in|was cut off"),
    ],
)
def test_bug_that_was_planted_is_found(machine: type[RelayMachine], symptom: str) -> None:
    with pytest.raises(AssertionError, match=symptom):
        run_state_machine_as_test(machine, settings=HUNT)
