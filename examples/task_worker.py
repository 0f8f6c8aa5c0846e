"""Offers two commands, `/wordcount TEXT` and `/countdown SECONDS`, and runs them as tasks."""

import asyncio
import os

from clawnet import Agent, Run

agent = Agent(
    os.environ.get("CLAWNET_URL", "http://127.0.0.1:3000"),
    token=os.environ["CLAWNET_TOKEN"],
    state=os.environ.get("CLAWNET_STATE"),
    name="task-worker",
)


@agent.on_command("wordcount", help="Count words", risk=0)
async def count_words(run: Run) -> str:
    """Return the number of words; what is returned is the task's output."""
    return f"{len(' '.join(run.args).split())} words"


@agent.on_command("countdown", help="Count down the seconds, telling how far it is", risk=0)
async def count_down(run: Run) -> str:
    """Tell progress while it runs; a cancel or the task's timeout ends it wherever it stands."""
    seconds = int(run.args[0])
    for second in range(seconds):
        await run.progress(f"{seconds - second} s left", percent=100 * second / seconds)
        await asyncio.sleep(1)
    return "liftoff"


if __name__ == "__main__":
    agent.run()
