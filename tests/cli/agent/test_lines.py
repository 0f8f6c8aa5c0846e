"""Waiting lines."""

import asyncio

from cli.agent.lines import Lines


async def test_a_room_is_served_in_the_order_in_which_people_came() -> None:
    lines = Lines()
    served: list[tuple[str | None, int]] = []

    async def serve(number: int, room: str | None) -> None:
        await places[number].turn()
        served.append((room, number))
        await asyncio.sleep(0)
        places[number].leave()

    rooms = ["a", "a", "b", "a", None]
    places = [lines.enter(room) for room in rooms]
    await asyncio.gather(*(serve(number, room) for number, room in reversed(list(enumerate(rooms)))))

    assert [number for room, number in served if room == "a"] == [0, 1, 3]
    assert len(served) == 5
    assert lines._lines == {}


async def test_who_gives_up_holds_nobody_up() -> None:
    lines = Lines()
    first, second, third = (lines.enter("a") for _ in range(3))

    second.leave()
    first.leave()
    first.leave()

    await asyncio.wait_for(third.turn(), 5)
