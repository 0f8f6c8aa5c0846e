"""A short soak: 20 agents and an operator chat, and every message arrives everywhere once and in order."""

import asyncio
import json
import os
import sys

from e2e.forks import ROOT

SECONDS = 10


async def test_20_agents_and_an_operator_chat_without_a_loss() -> None:
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "bench.soak", "--seconds", str(SECONDS)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )

    said, _ = await process.communicate()

    result = json.loads(said)
    assert process.returncode == 0, result
    assert result["sent"] == result["acked"] == SECONDS * 20
    assert result["delivered"] == result["sent"] * result["participants"] == result["sent"] * 21
