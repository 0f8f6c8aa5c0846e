"""OpenClaw's command line, played by a script that writes down how it was called."""

import json
from pathlib import Path

import pytest

from cli.agent.backends import BackendAway
from cli.agent.commands import split
from cli.agent.openclaw_cli import OpenClawCli
from cli.agent.runs import Run
from tests.cli.agent.conftest import task

SCRIPT = """#!{python}
import json, os, pathlib, sys
words = sys.argv[1:]
told = {{"argv": words, "env": dict(os.environ), "stdin": sys.stdin.read()}}
if "--message-file" in words:
    path = pathlib.Path(words[words.index("--message-file") + 1])
    told |= {{"message": path.read_text(), "mode": path.stat().st_mode & 0o777}}
pathlib.Path(sys.argv[0] + ".called").write_text(json.dumps(told))
print({answer!r})
sys.exit({code})
"""


class Played:
    """An `openclaw` that gives one answer."""

    def __init__(self, folder: Path, answer: object, code: int = 0) -> None:
        import sys  # noqa: PLC0415 - the interpreter of the script

        self.path = folder / "openclaw"
        text = answer if isinstance(answer, str) else json.dumps(answer)
        self.path.write_text(SCRIPT.format(python=sys.executable, answer=text, code=code))
        self.path.chmod(0o755)
        self.backend = OpenClawCli(str(self.path), agent="claw", asks=True)

    @property
    def called(self) -> dict[str, object]:
        """Return how it was called."""
        return dict(json.loads(self.path.with_name("openclaw.called").read_text()))


def run(*words: str) -> Run:
    return Run(task(*words), *split(task(*words)), "agent:claw:clawnet:room:global")


async def test_a_question_never_stands_in_the_arguments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "canary")
    monkeypatch.setenv("OPENCLAW_STATE_DIR", "/state")
    played = Played(tmp_path, {"status": "ok", "result": {"payloads": [{"text": "yes"}]}})

    outcome = await played.backend.run(run("/ask", "--help; $(id) secret words"))

    called = played.called
    assert (outcome.state, outcome.output) == ("succeeded", "yes")
    assert called["message"] == "--help; $(id) secret words"
    assert "secret words" not in str(called["argv"])
    assert (called["mode"], called["stdin"]) == (0o600, "")
    assert isinstance(called["env"], dict)
    assert called["env"]["OPENCLAW_NO_RESPAWN"] == "1"
    assert called["env"]["OPENCLAW_STATE_DIR"] == "/state"
    assert "canary" not in str(called["env"])


async def test_reads_are_fixed_lists_of_words(tmp_path: Path) -> None:
    played = Played(tmp_path, {"sessions": [{"key": "a"}]})

    outcome = await played.backend.run(run("/sessions", "5; rm -rf /"))

    assert outcome.output == '"a"'.strip('"')
    assert played.called["argv"] == ["sessions", "list", "--json", "--limit", "20"]


@pytest.mark.parametrize(
    ("answer", "code", "why"),
    [
        ({"ok": False, "error": {"message": "no gateway"}}, 1, "openclaw: no gateway"),
        ("a box of text", 0, "ended with 0 and said nothing that can be read"),
    ],
)
async def test_a_failure_is_told(tmp_path: Path, answer: object, code: int, why: str) -> None:
    played = Played(tmp_path, answer, code)

    asked = await played.backend.run(run("/ask", "x"))

    assert asked.state == "failed"
    assert why in asked.output
    with pytest.raises(BackendAway, match=why):
        await played.backend.run(run("/status"))


async def test_a_program_that_is_not_there_is_away(tmp_path: Path) -> None:
    with pytest.raises(BackendAway):
        await OpenClawCli(str(tmp_path / "none"), agent="claw", asks=True).run(run("/status"))
