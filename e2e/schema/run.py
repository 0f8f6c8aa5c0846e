"""Schemathesis against a real relay, with the token of each role: `python -m e2e.schema.run`."""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import httpx

from e2e.paces import UNLIMITED
from e2e.relay import Relay

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "docs" / "openapi.yaml"
ROLES = ("master", "warden", "worker")
PHASES = ("examples", "coverage", "fuzzing", "stateful")
_ENVIRONMENT = {
    "NO_PROXY": "*",
    "PYTHONPATH": str(DOCUMENT.parents[1]),
    "SCHEMATHESIS_HOOKS": "e2e.schema.hooks",
}
_COUNT = re.compile(r"(\d+) generated")


@dataclass(frozen=True, slots=True)
class Run:
    """How a run for one role ended."""

    role: str
    cases: int
    ok: bool
    output: str


def furnished(folder: Path) -> tuple[Relay, dict[str, str]]:
    """Start a relay with whom and what the examples name; return it with a token of each role."""
    relay = Relay(folder / "relay", store=f"sqlite:{folder / 'relay.db'}", **UNLIMITED).start()
    headers = {"Authorization": f"Bearer {relay.token}"}
    with httpx.Client(base_url=relay.url, headers=headers, trust_env=False, timeout=30) as http:
        agents = {"ann": "worker", "bob": "worker"} | {f"the-{role}": role for role in ROLES}
        tokens = {
            agent_id: http.post("/api/v1/agents", json={"agent_id": agent_id, "role": role}).json()["token"]
            for agent_id, role in agents.items()
        }
        members = [agent_id for agent_id in agents if agent_id != "the-warden"]
        http.post("/api/v1/rooms", json={"id": "alpha", "members": members})
        body = {"to_type": "room", "to_id": "alpha", "text": "high tide at six", "id": "m-0"}
        http.post("/api/v1/messages", json=body)
    return relay, {role: tokens[f"the-{role}"] for role in ROLES}


def check(url: str, role: str, token: str, *, examples: int, phases: tuple[str, ...] = PHASES) -> Run:
    """Let Schemathesis loose with a token; `examples` for each operation in the random phases."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "schemathesis.cli",
                "--config-file",
                HERE / "schemathesis.toml",
                "run",
                DOCUMENT,
                "--url",
                url,
                "--header",
                f"Authorization: Bearer {token}",
                "--max-examples",
                str(examples),
                "--phases",
                ",".join(phases),
                "--no-color",
                "--no-shrink",
            ],
            cwd=folder,
            env=os.environ | _ENVIRONMENT,
            capture_output=True,
            text=True,
            check=False,
        )
    output = done.stdout + done.stderr
    counted = _COUNT.search(output)
    return Run(role, int(counted[1]) if counted else 0, done.returncode == 0, output)


def main() -> int:
    """Run all phases for every role, print what was found, and say how many cases there were."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=5, help="for each operation in the random phases")
    examples: int = parser.parse_args().examples
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        relay, tokens = furnished(Path(folder))
        try:
            for role, token in tokens.items():
                runs.append(check(relay.url, role, token, examples=examples))
                sys.stdout.write(runs[-1].output if not runs[-1].ok else "")
                sys.stdout.write(f"{role}: {runs[-1].cases} cases, {'ok' if runs[-1].ok else 'FAILED'}\n")
                sys.stdout.flush()
        finally:
            relay.stop()
        faults = relay.faults()
    sys.stdout.write(f"{sum(run.cases for run in runs)} cases, {len(faults)} faults in the log\n")
    for fault in faults[:10]:
        sys.stdout.write(f"{fault}\n")
    return int(bool(faults) or not all(run.ok for run in runs))


if __name__ == "__main__":
    sys.exit(main())
