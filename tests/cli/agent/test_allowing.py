"""The allow-list."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.agent.allowing import AllowList, load
from protocol.errors import InvalidRequest

LIST = AllowList({"df -h": ("/bin/df", "-h"), "true": ("/bin/true",)})


@given(st.lists(st.text()))
def test_words_are_found_if_they_are_exactly_a_lines(words: list[str]) -> None:
    assert LIST.find(" ".join(["no", *words]), ("df", "-h")) == ("/bin/df", "-h")
    assert LIST.find("no", ("df", "-h", *words)) == (None if words else ("/bin/df", "-h"))


@given(st.text() | st.sampled_from(["df", "df  -h", "df -h ", "df -h\n", "DF -h", "true;id", "/bin/true"]))
def test_only_what_is_written_exactly_so_is_found(text: str) -> None:
    assert (LIST.find(text) is not None) == (text in LIST.names)


def test_without_commands_there_is_nothing() -> None:
    assert AllowList().find("") is None
    assert AllowList().nearest("df") == ""
    assert LIST.nearest("df -k") == "df -h"


def test_a_file_is_read_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "allow"
    path.write_text("# comment\n\n  true\necho 'two  words' \"$HOME\"\n")
    path.chmod(0o600)

    allowed = load(path)

    assert allowed.names == ["true", "echo 'two  words' \"$HOME\""]
    argv = allowed.find("echo 'two  words' \"$HOME\"")
    assert argv is not None
    assert argv[0].endswith("/echo")
    assert argv[1:] == ("two  words", "$HOME")


@pytest.mark.parametrize("line", ["no-such-program-here", "echo 'x", ""])
def test_a_file_that_is_no_good_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "allow"
    if line:
        path.write_text(line)
        path.chmod(0o600)

    with pytest.raises(InvalidRequest):
        load(path)


def test_a_file_that_others_may_write_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "allow"
    path.write_text("true")
    path.chmod(0o620)

    with pytest.raises(InvalidRequest, match="others may write"):
        load(path)
