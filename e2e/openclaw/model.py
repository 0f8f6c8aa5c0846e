"""A model for the real OpenClaw: speaks the streaming chat API on loopback and does what the question says.

SLEEP:s waits before it speaks, DRIP:nxms speaks n chunks ms apart, HANG never speaks, COUNT tells how many
questions it sees of the session. Anything else is echoed.
"""

import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from typing_extensions import override

INTERNAL = "<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>"  # OpenClaw's own words stand after the question


class Model:
    """A model that remembers what it was asked."""

    def __init__(self) -> None:
        self.questions: list[str] = []
        self.abandoned = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def calls(self, mark: str) -> int:
        """Return how often it was asked something with this mark as the newest question."""
        return sum(mark in question for question in self.questions)


def _handler(model: Model) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        @override
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            size = int(self.headers.get("content-length") or 0)
            asked = json.loads(self.rfile.read(size))
            questions = _questions(asked["messages"])
            model.questions.append(questions[-1] if questions else "")
            self.close_connection = True
            try:
                self._speak(questions)
            except (BrokenPipeError, ConnectionResetError):
                model.abandoned += 1

        def _speak(self, questions: list[str]) -> None:
            silence, chunks, pause = _answer(questions)
            time.sleep(silence)
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.end_headers()
            for chunk in chunks:
                self._chunk({"role": "assistant", "content": chunk}, None)
                time.sleep(pause)
            self._chunk({}, "stop")
            self.wfile.write(b"data: [DONE]\n\n")

        def _chunk(self, delta: dict[str, str], finish: str | None) -> None:
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "fake-1"}
            self.wfile.write(b"data: " + json.dumps(head | {"choices": [choice]}).encode() + b"\n\n")
            self.wfile.flush()

    return Handler


def _answer(questions: list[str]) -> tuple[float, list[str], float]:
    """Return how long to be silent, what to say then, and how long to pause in between."""
    question = questions[-1] if questions else ""
    if found := re.search(r"DRIP:(\d+)x(\d+)", question):
        return 0, [f"chunk {n}. " for n in range(int(found[1]))], int(found[2]) / 1000
    sleep = re.search(r"SLEEP:([\d.]+)", question)
    silence = float(sleep[1]) if sleep else 600.0 if "HANG" in question else 0.0
    return silence, [f"questions: {len(questions)}" if "COUNT" in question else f"echo: {question}"], 0


def _questions(messages: list[dict[str, Any]]) -> list[str]:
    texts = [_text(each["content"]) for each in messages if each["role"] == "user"]
    return [text for text in texts if not text.lstrip().startswith(INTERNAL)]


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text", "") for part in content or [])
