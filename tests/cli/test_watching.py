"""Commands that go on: `presence --watch` and `logs -f`."""

import io
import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cli import logs, watching
from cli.rendering import Output
from protocol.errors import Unavailable
from tests.cli.conftest import Shell

Look = Callable[[], list[dict[str, Any]]]


def looks(*results: list[dict[str, Any]] | Exception) -> Look:
    """Return a look that sees one result after the other and then is interrupted."""
    left: Iterator[list[dict[str, Any]] | Exception] = iter(results)

    def look() -> list[dict[str, Any]]:
        result = next(left, KeyboardInterrupt())
        if isinstance(result, BaseException):
            raise result
        return result

    return look


def watched(run: Callable[[Output], None]) -> tuple[list[Any], str]:
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(KeyboardInterrupt):
        run(Output(as_json=True, out=out, err=err))
    return [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()


def test_only_what_changes_is_shown_again() -> None:
    here, gone = {"agent_id": "a", "status": "online"}, {"agent_id": "a", "status": "offline"}
    other = {"agent_id": "b", "status": "online"}
    look = looks([here, other], [here, other], Unavailable("away"), [gone, other])

    shown, said = watched(lambda output: watching.follow(output, ["agent_id"], look, pause=lambda _: None))

    assert shown == [here, other, gone]
    assert "trying again" in said


def test_the_log_goes_on_behind_the_last_known_line() -> None:
    first, second, third = ({"event": name} for name in "abc")
    look = looks([first, second], Unavailable("away"), [second, third])

    shown, said = watched(lambda output: logs.go_on(output, [first], look, pause=lambda _: None))

    assert shown == [second, third]
    assert "trying again" in said


def test_equal_lines_are_not_taken_for_one() -> None:
    same, other = {"event": "same"}, {"event": "other"}

    assert logs.after([same], [same, same]) == []
    assert logs.after([other, same], [other, same, same]) == [same]
    assert logs.after([other], [same]) == [same]
    assert logs.after([], [same]) == [same]


def first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()


@pytest.mark.parametrize(
    "words", [("presence", "--watch"), ("logs", "-f", "-n", "1", "--search", "n")], ids=["presence", "logs"]
)
def test_they_end_quietly_when_interrupted(operator: Shell, words: tuple[str, ...]) -> None:
    operator.run("agents", "create", "x:y")  # the relay logs nothing of a refusal, or it does

    with operator.start(*words, "--json") as process:
        if words[0] == "presence":
            assert json.loads(first_line(process))["agent_id"]
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)

    assert err == ""
