"""OpenClaw by its command line: a fixed table of argument lists, for where its gateway can't be used."""

import json
import math
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from typing_extensions import override

from cli.agent.backends import Backend, BackendAway
from cli.agent.gateway.transcripts import outcome_of
from cli.agent.processes import PATH, Ended, execute, scrubbed
from cli.agent.reads import READS, count_in
from cli.agent.runs import INTERRUPTED, Outcome, Run, failed, succeeded

READ_TIMEOUT = 60.0  # seconds; such a call costs seconds of processor time on a busy machine
OVERTIME = 20.0  # seconds that OpenClaw may need beyond the turn's own timeout
DOCUMENT = 4 * 1024 * 1024  # bytes of one answer, which holds a turn's text three times
PASSED = ("OPENCLAW_STATE_DIR", "OPENCLAW_CONFIG_PATH", "OPENCLAW_GATEWAY_TOKEN", "OPENCLAW_GATEWAY_URL")
# Without these it starts a detached child that no signal to the group reaches, and colours its output.
ALWAYS = {"OPENCLAW_NO_RESPAWN": "1", "NO_COLOR": "1"}


def find_openclaw() -> str | None:
    """Return the path of the `openclaw` program, if there is one."""
    return shutil.which("openclaw")


class OpenClawCli(Backend):
    """Starts `openclaw` for each command; it reads, and if `asks` it asks too.

    What people write is never one of its arguments, which everybody on the machine could read.
    """

    name = "cli"

    def __init__(self, program: str, *, agent: str, asks: bool) -> None:
        self._program = program
        self._agent = agent
        self.commands = frozenset({*READS, "ask"} if asks else READS)

    @override
    async def run(self, run: Run) -> Outcome:
        return await (self._ask(run) if run.command == "ask" else self._read(run))

    @override
    async def recover(self, run: Run) -> Outcome:
        return failed(INTERRUPTED)

    @override
    async def sections(self) -> Mapping[str, object]:
        # Each of its calls costs seconds of processor time: too much to be spent every half minute.
        return {}

    @override
    async def live(self) -> None:
        """Nothing is kept between two commands."""

    async def _read(self, run: Run) -> Outcome:
        read = READS[run.command]
        limit = ["--limit", str(count_in(run.text))] if run.command == "sessions" else []
        ended = await self._call([*read.argv, *limit], READ_TIMEOUT)
        told = _document(ended)
        if ended.code != 0 or told is None:
            raise BackendAway(_why(told, ended))
        return succeeded(read.say(told))

    async def _ask(self, run: Run) -> Outcome:
        with _message(run.text) as path:
            words = ["agent", "--agent", self._agent, "--session-key", run.session, "--message-file", path]
            words += ["--timeout", str(math.ceil(run.task.timeout)), "--json"]
            ended = await self._call(words, run.task.timeout + OVERTIME)
        told = _document(ended)
        if ended.code is None:
            return Outcome("timed_out")
        if told is None or told.get("ok") is False:
            return failed(_why(told, ended))
        return outcome_of(told)

    async def _call(self, words: list[str], within: float) -> Ended:
        kept = {name: os.environ[name] for name in PASSED if name in os.environ}
        # Node stands beside the program when both were installed by npm.
        path = f"{Path(self._program).parent}:{PATH}"
        environment = scrubbed(os.environ) | kept | ALWAYS | {"PATH": path}
        try:
            return await execute(
                [self._program, *words], environment=environment, within=within, keeps=DOCUMENT
            )
        except OSError as error:
            raise BackendAway(f"openclaw can't be started: {error.strerror}") from None


@contextmanager
def _message(text: str) -> Iterator[str]:
    """Write what is asked into a file that only its owner can read; yield its path."""
    with tempfile.TemporaryDirectory(prefix="clownet-") as folder:
        path = Path(folder, "message")
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        yield str(path)


def _document(ended: Ended) -> Any:
    """Return the one JSON document that it prints, also when it fails."""
    try:
        return json.loads(ended.out)
    except ValueError:
        return None


def _why(told: Any, ended: Ended) -> str:
    error = told.get("error") if isinstance(told, dict) else None
    if isinstance(error, dict) and "message" in error:
        return f"openclaw: {error['message']}"
    return f"openclaw ended with {ended.code} and said nothing that can be read"
