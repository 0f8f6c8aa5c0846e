"""Logs: one line of JSON a record, whatever stands in it."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from app.logs import _FOREIGN, MAX_KEPT_LINE, JsonLines, RecentLines, configure


def a_record(message: str = "it happened", *args: object, **extra: Any) -> logging.LogRecord:
    fields = {"name": "clawnet.test", "levelname": "WARNING", "msg": message, "args": args, "created": 0.25}
    return logging.makeLogRecord(fields | extra)


def line_of(record: logging.LogRecord) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(JsonLines().format(record))
    return line


def test_record_says_when_how_grave_where_and_what() -> None:
    assert line_of(a_record("%d of %s", 3, "them")) == {
        "ts": "1970-01-01T00:00:00.250+00:00",
        "level": "warning",
        "source": "clawnet.test",
        "event": "3 of them",
    }


def test_extra_fields_stand_beside_the_event() -> None:
    line = line_of(a_record(work="pump", count=3))

    assert (line["work"], line["count"]) == ("pump", 3)


def test_field_that_is_no_json_is_written_as_text() -> None:
    assert line_of(a_record(problem=ValueError("odd")))["problem"] == "odd"


@pytest.mark.parametrize(
    "text",
    [
        "one\ntwo",
        "one\r\ntwo",
        "\x1b[31mred\x1b[0m",
        "nul \0 bell \a",
        "line\u2028separator\x85",
        "\ud800 half",
    ],
)
def test_control_characters_stay_in_one_line_and_reach_no_terminal(text: str) -> None:
    line = JsonLines().format(a_record("%s", text, field=text))

    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["event"] == text


def test_traceback_is_part_of_the_line() -> None:
    error = ValueError("broken")

    line = JsonLines().format(a_record(exc_info=(ValueError, error, None)))

    assert "\n" not in line
    assert json.loads(line)["traceback"] == "ValueError: broken"


@pytest.fixture
def _loggers() -> Iterator[None]:
    root, names = logging.getLogger(), _FOREIGN
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in names}
    # Else `force` would close the handlers that pytest brought.
    root.handlers = []
    yield
    root.handlers = handlers
    root.setLevel(level)
    for name in names:
        logging.getLogger(name).setLevel(levels[name])


@pytest.mark.usefixtures("_loggers")
def test_configured_process_writes_json_lines_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info")

    logging.getLogger("clawnet.test").info("it happened", extra={"work": "pump"})
    logging.getLogger("clawnet.test").debug("too small")

    captured = capsys.readouterr()
    assert captured.out == ""
    assert [json.loads(line)["event"] for line in captured.err.splitlines()] == ["it happened"]


@pytest.mark.usefixtures("_loggers")
@pytest.mark.parametrize("name", ["uvicorn.access", *_FOREIGN])
def test_talk_of_foreign_libraries_is_not_logged(capsys: pytest.CaptureFixture[str], name: str) -> None:
    configure("debug")

    logging.getLogger(name).info("?client_id=secret")
    logging.getLogger(name).warning("trouble")

    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == ["trouble"]


def test_newest_lines_are_kept_and_older_ones_forgotten() -> None:
    recent = RecentLines(kept=3)
    for number in range(5):
        recent.handle(a_record(f"number {number}"))

    assert [json.loads(line)["event"] for line in recent.newest(10)] == ["number 2", "number 3", "number 4"]
    assert [json.loads(line)["event"] for line in recent.newest(1)] == ["number 4"]


def test_lines_are_found_by_a_word_whatever_its_case() -> None:
    recent = RecentLines()
    for event in ("The pump runs", "it rests"):
        recent.handle(a_record(event))

    assert [json.loads(line)["event"] for line in recent.newest(10, "PUMP")] == ["The pump runs"]
    assert recent.newest(10, "nothing") == []


def test_long_line_is_kept_short_and_stays_json() -> None:
    recent = RecentLines()

    recent.handle(a_record("x" * 100_000, field="y" * 100_000))

    (line,) = recent.newest(1)
    assert len(line) <= MAX_KEPT_LINE
    assert json.loads(line)["shortened"] is True


@pytest.mark.usefixtures("_loggers")
def test_configured_process_keeps_what_it_writes(capsys: pytest.CaptureFixture[str]) -> None:
    recent = configure("info")

    logging.getLogger("clawnet.test").info("it happened")
    logging.getLogger("clawnet.test").debug("too small")

    assert capsys.readouterr().err.splitlines() == recent.newest(10)
