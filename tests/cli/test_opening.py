"""`chat open`: lines from a pipe, and a terminal with completion."""

import json
import subprocess
from contextlib import suppress

from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from cli.vocabulary import Vocabulary
from tests.cli.conftest import Shell
from tests.cli.terminal import Terminal, on_a_terminal
from tests.cli.test_chat import room

WORDS = Vocabulary(
    commands=[{"name": "status", "help": "how it is"}, {"name": "stop", "help": "ends"}],
    agents=[{"handle": "scout", "role": "worker"}],
    rooms=[{"id": "lobby", "topic": "talk"}, {"id": "dm:a:b", "topic": ""}],
)


def completed(text: str) -> list[str]:
    found = WORDS.get_completions(Document(text), CompleteEvent())
    return [text[: len(text) + each.start_position] + each.text for each in found]


def test_commands_are_completed_at_the_beginning_only() -> None:
    assert completed("/st") == ["/status", "/stop"]
    assert completed("see /st") == []


def test_handles_and_rooms_are_completed_anywhere() -> None:
    assert completed("/ask @sc") == ["/ask @scout"]
    assert completed("hello @O") == ["hello @online"]
    assert completed("in #") == ["in #lobby"]
    assert completed("lob") == []


def test_an_agent_that_comes_later_is_completed_too() -> None:
    words = Vocabulary()
    words.add("late")

    assert [each.text for each in words.get_completions(Document("@la"), CompleteEvent())] == ["@late"]


def test_lines_from_a_pipe_are_said_one_after_the_other(operator: Shell) -> None:
    name = room(operator)

    said = operator.run("chat", "open", name, stdin="one\n\ntwo\n/help\n")
    kept = operator.run("chat", "history", name, "--json")

    assert said.code == 0, said.err
    assert "/help" in said.err
    assert [item["payload"]["text"] for item in kept.data["items"]] == ["one", "two"]


def test_what_is_refused_does_not_end_the_conversation(operator: Shell) -> None:
    name = room(operator)

    said = operator.run("chat", "open", name, "--json", stdin=f"{'x' * 17_000}\nstill here\n")

    kept = operator.run("chat", "history", name, "--json")
    assert json.loads(said.err.splitlines()[0])["error"]["code"] == "too_large"
    assert kept.data["items"][-1]["payload"]["text"] == "still here"


def test_a_person_reads_completes_and_leaves(operator: Shell) -> None:
    name = room(operator)
    operator.run("chat", "--room", name, "--msg", "before you came")

    with on_a_terminal(operator, "chat", "open", name) as (terminal, process):
        terminal.wait_for("@operator  before you came")
        terminal.wait_for(f"{name}>")
        terminal.type("hello @oper")
        terminal.wait_for("master")  # the menu says what the handle is
        terminal.type("\t\r")
        terminal.wait_for("@operator  hello @operator")
        operator.run("chat", "--room", name, "--msg", "from outside")
        terminal.wait_for("from outside")
        code = left(terminal, process)

    assert code == 0


def left(terminal: Terminal, process: subprocess.Popen[bytes]) -> int:
    """Ask for the end as a person does: again, for a key is lost while a line of others is drawn."""
    for _ in range(20):
        terminal.type("\x04")
        with suppress(subprocess.TimeoutExpired):
            return process.wait(2)
    raise AssertionError("the program did not end")
