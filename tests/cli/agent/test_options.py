"""Which backends an option brings, and which are refused."""

from pathlib import Path

import pytest

from cli.agent import options
from cli.agent.journal import Journal
from cli.agent.options import Options, backends_of
from protocol.errors import InvalidRequest


@pytest.fixture(autouse=True)
def no_openclaw(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be no program of that name."""
    monkeypatch.setattr(options, "find_openclaw", lambda: None)


def names(journal: Journal, folder: Path, **told: str) -> list[str]:
    return [each.name for each in backends_of(Options(data_dir=folder, **told), journal, lambda: None)]  # type: ignore[arg-type]


def test_auto_takes_a_gateway_that_is_told_of_or_known(journal: Journal, tmp_path: Path) -> None:
    assert names(journal, tmp_path) == ["plain"]
    assert names(journal, tmp_path, gateway_token="token") == ["gateway", "plain"]
    assert names(journal, tmp_path) == ["gateway", "plain"]


def test_a_program_in_the_path_reads_where_the_gateway_does_not(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(options, "find_openclaw", lambda: "/usr/bin/openclaw")

    assert names(journal, tmp_path) == ["gateway", "cli", "plain"]
    assert names(journal, tmp_path, backend="cli") == ["cli", "plain"]
    assert names(journal, tmp_path, backend="plain") == ["plain"]


@pytest.mark.parametrize(
    "told",
    [
        {"backend": "cli"},
        {"agent": "Main"},
        {"agent": "a:b"},
        {"gateway_url": "http://127.0.0.1:1"},
        {"gateway_url": "ws://"},
        {"gateway_url": "ws://gateway.example:1"},
    ],
)
def test_what_cannot_be_is_refused(journal: Journal, tmp_path: Path, told: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest):
        names(journal, tmp_path, **told)
