"""Receipts: cumulative, few, and only for what has been handled."""

from tests.protocol.client_relay import (
    Listener,
    ScriptedRelay,
)


async def test_acknowledgements_are_cumulative_and_few(relay: ScriptedRelay, listener: Listener) -> None:
    for offset in range(1, 201):
        await relay.post(offset)

    await relay.until(lambda: ("global", 200) in relay.acks)

    assert len(listener.messages) == 200
    assert len(relay.acks) <= 20


async def test_nothing_is_acknowledged_before_it_was_handled(
    relay: ScriptedRelay, listener: Listener
) -> None:
    await relay.post(1)
    await relay.until(lambda: ("global", 1) in relay.acks)
    listener.may_go_on.clear()

    await relay.post(2)
    await relay.post(3)
    await relay.post(1, replay=True)  # asks, as it were, how far we are
    await listener.until(2)
    await relay.until(lambda: len(relay.acks) == 2)
    told = list(relay.acks)
    listener.may_go_on.set()
    await relay.until(lambda: ("global", 3) in relay.acks)

    assert told == [("global", 1), ("global", 1)]
