"""A script without asyncio: says something, waits for an answer, ends."""

import os
import sys

from clawnet import SyncAgent

with SyncAgent(
    os.environ.get("CLAWNET_URL", "http://127.0.0.1:3000"), token=os.environ["CLAWNET_TOKEN"]
) as agent:
    sent = agent.send("global", " ".join(sys.argv[1:]) or "anybody there?")
    print(f"stored at #{sent.offset}")
    for message in agent.messages(timeout=30):
        if message.payload.kind == "text" and message.offset > sent.offset and message.from_id != agent.id:
            print(f"@{message.from_handle}: {message.payload.text}")
            break
