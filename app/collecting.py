"""The garbage collector at a relay's pace: by the clock, not by how much was made.

What a relay remembers of a message lets go of as much as it takes, so the collector, which counts the
difference, comes round late, and then looks at everything that has come since: 10 to 18 ms for each 0.7 s of
load. And links, pages and requests that are over are cycles that wait for a full round, which it puts off
until what is new comes to a quarter of what stays: a relay with little to do grew by 50 MB in ten minutes.
"""

import asyncio
import gc

MOST = 50_000  # objects after which a young round comes without waiting for the clock
YOUNG = 0.25  # seconds between two looks at what is new, of 1 to 3 ms each under load
FULL = 30.0  # seconds between two looks at everything, of 10 to 50 ms each


def settle() -> None:
    """Leave out of all rounds what was loaded by now, which stays for good; let the clock set the pace."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(MOST, 50, 1000)


async def rounds(young: float = YOUNG, full: float = FULL) -> None:
    """Look at what is new, and now and then at everything, for ever."""
    loop = asyncio.get_running_loop()
    due = loop.time() + full
    while True:
        await asyncio.sleep(young)
        if loop.time() < due:
            gc.collect(0)
        else:
            gc.collect()
            due = loop.time() + full
