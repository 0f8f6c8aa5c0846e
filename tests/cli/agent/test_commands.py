"""The command table: what a task's words mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.agent.commands import COMMANDS, split, unknown
from protocol.acks import CommandInfo
from tests.cli.agent.conftest import task


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["/ask", "hello there"], ("ask", "hello there")),
        (["/ask", "hello", "there"], ("ask", "hello there")),
        (["/ask hello there"], ("ask", "hello there")),
        (["ask hello"], ("ask", "hello")),
        (["/ASK"], ("ask", "")),
        (["/run", "df", "-h"], ("run", "df -h")),
        (["df -h"], ("run", "df -h")),
        (["df", "-h"], ("run", "df -h")),
        (["/df -h"], ("df", "-h")),
        (["/ask\nhello"], ("ask\nhello", "")),
        (["//ask"], ("/ask", "")),
    ],
)
def test_words_are_taken_apart_and_nothing_is_interpreted(words: list[str], meant: tuple[str, str]) -> None:
    assert split(task(*words)) == meant


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=200))
def test_no_text_makes_it_fail(text: str) -> None:
    name, _ = split(task(text, text))

    assert name in COMMANDS or unknown(text, COMMANDS).startswith("unknown command ")


def test_the_nearest_command_is_named_or_else_all_of_them() -> None:
    assert unknown("/aks", ["ask", "status"]) == "unknown command /aks; did you mean /ask?"
    assert unknown("/rm", ["ask", "status"]) == "unknown command /rm; there are /ask, /status"


def test_the_relay_can_read_what_is_announced() -> None:
    rows = [CommandInfo.model_validate(row.announced()) for row in COMMANDS.values()]

    assert [row.name for row in rows] == list(COMMANDS)
    assert {row.risk for row in rows} == {0, 1, 2}
