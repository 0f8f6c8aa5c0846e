"""The sidecar's log: one line an event, with nothing in it that a terminal obeys."""

import json
import logging
from collections.abc import Iterator

import pytest

from cli.agent.logs import set_up


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Put the loggers back as they were."""
    logger = logging.getLogger("clawnet")
    before = (logger.level, logger.propagate, logger.handlers)
    yield
    logger.setLevel(before[0])
    logger.propagate, logger.handlers = before[1:]


@pytest.mark.parametrize("as_json", [True, False])
def test_foreign_text_stays_in_its_line(capsys: pytest.CaptureFixture[str], *, as_json: bool) -> None:
    set_up(as_json=as_json)
    logging.getLogger("clawnet.agent").info("room %s", "\x1b[31mred\nmore")

    (line,) = capsys.readouterr().err.splitlines()
    assert "\x1b" not in line
    assert not as_json or json.loads(line)["event"] == "room \x1b[31mred\nmore"


def test_a_fault_brings_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(as_json=True)
    try:
        int("x")
    except ValueError:
        logging.getLogger("clawnet.agent").exception("failed")

    told = json.loads(capsys.readouterr().err)
    assert (told["level"], "ValueError: " in told["traceback"]) == ("error", True)
