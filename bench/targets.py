"""What is measured side by side: ClawNet on its stores, bare relays, and an IRC server."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import httpx
import psutil
from typing_extensions import override

from e2e.databases import empty_store
from e2e.paces import UNLIMITED
from e2e.relay import Relay

PEERS = Path(__file__).parent / "peers"
START = 30.0  # seconds
CROWD: dict[str, object] = UNLIMITED | {
    "max_connections_per_address": 100_000,
    "max_unidentified": 100_000,
    "max_connections_per_agent": 100_000,
    # Who sends without end is faster than who reads; nobody shall miss what the memory store has let go.
    "keep_messages": 100_000,
    "keep_bytes": 1 << 30,
}


class Target(Protocol):
    """A server that runs while it is measured."""

    name: str
    speaks: str  # "c2cp", "bare" or "irc"

    @property
    def port(self) -> int: ...

    @property
    def process(self) -> psutil.Process: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def tokens(self, count: int) -> list[str]:
        """Return what so many agents say who they are with."""
        ...

    def agent_id(self, number: int) -> str: ...


class TreeRelay(Relay):
    """A relay out of another tree of this repository, to compare with; its environment is this one's."""

    tree: Path | None = None

    @override
    def _environment(self) -> dict[str, str]:
        tree = {"PYTHONPATH": str(self.tree)} if self.tree else {}
        return super()._environment() | tree


class ClawNet:
    """Our relay with everything on; limits are checked and never met."""

    speaks = "c2cp"

    def __init__(self, store: str, folder: Path, name: str = "", **settings: object) -> None:
        self.name = name or f"clawnet {store}"
        store, _, tree = store.partition("@")
        self._server = ExitStack()
        address = store if store == "memory" else f"{store}:{folder / 'bench.db'}"
        if store == "postgresql":
            address, _ = self._server.enter_context(empty_store(store))
        self._relay = TreeRelay(folder, store=address, **(CROWD | settings))
        self._relay.tree = Path(tree).absolute() if tree else None
        self._tokens: list[str] = []

    @property
    def port(self) -> int:
        return self._relay.port

    @property
    def process(self) -> psutil.Process:
        return self._relay.process

    def start(self) -> None:
        self._relay.start()

    def stop(self) -> None:
        self._relay.kill()
        self._server.close()
        if faults := self._relay.faults():
            raise AssertionError(f"the relay logged faults: {faults[:3]}")

    def tokens(self, count: int) -> list[str]:
        if len(self._tokens) < count:
            self._enrol(count)
        return self._tokens[:count]

    def agent_id(self, number: int) -> str:
        return f"agent-{number}"

    def _enrol(self, count: int) -> None:
        headers = {"Authorization": f"Bearer {self._relay.token}"}
        with httpx.Client(base_url=self._relay.url, headers=headers, trust_env=False, timeout=30) as rest:
            while len(self._tokens) < count:
                body = {"agent_id": self.agent_id(len(self._tokens))}
                self._tokens.append(rest.post("/api/v1/agents", json=body).raise_for_status().json()["token"])


class Bare:
    """A relay of `bench/peers`, ngircd, or `other:PROGRAM`, which takes a port and speaks as the peers do."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.speaks = "irc" if name == "ngircd" else "bare"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    @property
    def process(self) -> psutil.Process:
        assert self._process is not None
        return psutil.Process(self._process.pid)

    def start(self) -> None:
        self.port = _free_port()
        # A path for the links of this tree: node looks for packages beside the script.
        self._process = subprocess.Popen(self._command(), start_new_session=True, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + START
        while not _is_open(self.port):
            assert self._process.poll() is None, f"{self.name} did not start"
            assert time.monotonic() < deadline, f"{self.name} does not listen"
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None:
            # Some programs are started by another one that waits for them.
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def tokens(self, count: int) -> list[str]:
        return [self.agent_id(number) for number in range(count)]

    def agent_id(self, number: int) -> str:
        return f"agent-{number}"

    def _command(self) -> list[str]:
        if self.name == "ngircd":
            return [_ngircd() or "ngircd", "-n", "-f", str(self._irc_settings())]
        if self.name.startswith("other:"):
            return [self.name.removeprefix("other:"), str(self.port)]
        if self.name == "node":
            node = shutil.which("node") or str(Path(sys.executable).parent / "node")
            return [node, str(_node_peer(node)), str(self.port)]
        return [sys.executable, str(PEERS / "python_relay.py"), str(self.port)]

    def _irc_settings(self) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / "ngircd.conf"
        path.write_text(
            f"[Global]\nName = bench.local\nPorts = {self.port}\nListen = 127.0.0.1\n"
            "[Limits]\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxJoins = 0\nMaxPenaltyTime = 0\n"
            "[Options]\nDNS = no\nIdent = no\nPAM = no\n"
        )
        return path


def available(name: str) -> bool:
    """Tell whether a target can run on this machine."""
    return name != "ngircd" or _ngircd() is not None


def make(name: str, folder: Path) -> Target:
    """Return a target by its name; `folder` is its own."""
    folder.mkdir(parents=True, exist_ok=True)
    kind, _, store = name.partition(":")
    return ClawNet(store or "memory", folder, name) if kind == "clawnet" else Bare(name, folder)


def _node_peer(node: str) -> Path:
    """Return the relay in a folder beside its packages, which are installed from the lock once."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "clownet" / "bench-peers"
    cache.mkdir(parents=True, exist_ok=True)
    is_new = not (cache / "package-lock.json").exists()
    for name in ("package.json", "package-lock.json", "node_relay.js"):
        is_new |= not (cache / name).exists() or (cache / name).read_bytes() != (PEERS / name).read_bytes()
        shutil.copyfile(PEERS / name, cache / name)
    if is_new or not (cache / "node_modules").exists():
        npm = [
            str(Path(node).parent / "npm"),
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--silent",
        ]
        path = f"{Path(node).parent}{os.pathsep}{os.environ['PATH']}"
        subprocess.run(npm, cwd=cache, check=True, env=os.environ | {"PATH": path})
    return cache / "node_relay.js"


def _ngircd() -> str | None:
    return shutil.which("ngircd", path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
