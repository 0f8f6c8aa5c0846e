"""Progress shows on a terminal and nowhere else; so do colours."""

from tests.cli.conftest import Shell
from tests.cli.terminal import on_a_terminal


def test_a_pipe_gets_results_only(operator: Shell) -> None:
    done = operator.run("backup", str(operator.home / "backup.ndjson"))

    assert (done.code, done.err) == (0, "")


def test_a_terminal_gets_a_bar_and_headings(operator: Shell) -> None:
    with on_a_terminal(operator, "backup", "backup.ndjson") as (terminal, process):
        terminal.wait_for("backing up")
        terminal.wait_for("records in backup.ndjson")
        process.wait(20)
    with on_a_terminal(operator, "rooms") as (terminal, process):
        terminal.wait_for("VISIBILITY")
        process.wait(20)

    assert "\x1b[1m" in terminal.raw


def test_no_color_is_respected(operator: Shell) -> None:
    operator.env["NO_COLOR"] = "1"

    with on_a_terminal(operator, "rooms") as (terminal, process):
        terminal.wait_for("VISIBILITY")
        process.wait(20)

    assert "\x1b[3" not in terminal.raw
