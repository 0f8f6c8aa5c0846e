"""Order: every reader of a room sees the same entries in the same order, without a gap."""

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack

from e2e.crowd import LightAgent
from e2e.relay import Relay
from e2e.rest import Rest

SENDERS = 16
READERS = 4
ROOMS = [f"room-{number}" for number in range(4)]
MESSAGES = 20_000
IN_FLIGHT = 16  # of one sender


async def test_20000_messages_of_16_senders_stand_in_the_same_order_for_all_readers(
    relay: Relay, operator: Rest, stack: AsyncExitStack
) -> None:
    tokens = [await operator.enrol(f"agent-{number}") for number in range(SENDERS + READERS)]
    agents = [await stack.enter_async_context(LightAgent(relay.url, token)) for token in tokens]
    senders, readers = agents[:SENDERS], agents[SENDERS:]
    for room in ROOMS:
        await readers[0].ask("room_create", {"room": room})
        await asyncio.gather(*(reader.ask("room_join", {"room": room}) for reader in readers[1:]))
    for number, sender in enumerate(senders):
        await sender.ask("room_join", {"room": ROOMS[number % len(ROOMS)]})

    each = MESSAGES // SENDERS
    offsets = await asyncio.gather(*(say_all(sender, number, each) for number, sender in enumerate(senders)))
    expected = MESSAGES // len(ROOMS)
    for reader in readers:
        for room in ROOMS:
            await reader.has_heard(room, expected)

    for number, room in enumerate(ROOMS):
        order = readers[0].heard[room]
        assert [offset for offset, _ in order] == list(range(1, expected + 1))
        assert all(reader.heard[room] == order for reader in readers)
        for author in range(number, SENDERS, len(ROOMS)):
            assert acks_agree(order, author, offsets[author])


async def say_all(sender: LightAgent, number: int, count: int) -> dict[str, int]:
    """Say `count` messages in one room, some of them in flight at once; return the offset of each id."""
    room = ROOMS[number % len(ROOMS)]
    slots = asyncio.Semaphore(IN_FLIGHT)
    offsets: dict[str, int] = {}

    async def say(index: int) -> None:
        async with slots:
            ack = await sender.say(room, f"{number}.{index}", "x")
        offsets[ack["id"]] = ack["offset"]

    async with asyncio.TaskGroup() as group:
        for index in range(count):
            group.create_task(say(index))
    return offsets


def acks_agree(order: Iterable[tuple[int, str]], author: int, offsets: dict[str, int]) -> bool:
    """Tell whether a sender's messages stand where their acks said, and in the order they were sent in."""
    mine = [(offset, message_id) for offset, message_id in order if message_id.startswith(f"{author}.")]
    in_order = [f"{author}.{index}" for index in range(len(offsets))]
    return {message_id: offset for offset, message_id in mine} == offsets and [
        message_id for _, message_id in mine
    ] == in_order
