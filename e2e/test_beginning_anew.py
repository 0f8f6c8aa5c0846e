"""A relay that begins anew by itself: the same process, port, store and token, also one that was made up."""

import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from e2e.forks import ROOT

SOON = 30.0  # seconds
_WAY_IN = re.compile(r"^Console: (http://\S+?)/login#(\S+)", re.MULTILINE)


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def until(path: Path, pattern: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until a file holds what fits a pattern."""
    deadline = time.monotonic() + SOON
    while not re.search(pattern, path.read_text(), re.MULTILINE | re.DOTALL):
        assert process.poll() is None, path.read_text()
        assert time.monotonic() < deadline, path.read_text()
        time.sleep(0.05)


def test_relay_ends_and_begins_anew_in_the_same_process(tmp_path: Path) -> None:
    said = tmp_path / "said"
    program = [sys.executable, "-m", "cli.main", "serve", "--port", str(free_port())]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    with said.open("wb") as out:
        process = subprocess.Popen(
            [*program, "--store", f"sqlite:{tmp_path / 'store.db'}"],
            cwd=tmp_path,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        until(said, r"^Console: .*^Connect", process)
        found = _WAY_IN.search(said.read_text())
        assert found is not None
        url, token = found.groups()
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=url, headers=headers, trust_env=False) as client:
            client.post("/api/v1/messages", json={"to_type": "global", "to_id": "global", "text": "kept"})

            assert client.post("/api/v1/restart").status_code == 202
            until(said, r"^Console: .*^Console: .*^Connect", process)

            history = client.get("/api/v1/rooms/global/history").json()["items"]
            assert [item["payload"]["text"] for item in history] == ["kept"]
            assert "relay.restart" in client.get("/api/v1/audit").text
    finally:
        process.terminate()
        assert process.wait(SOON) in {0, -15}
