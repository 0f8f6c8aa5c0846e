"""REST keeps what docs/openapi.yaml promises; `make schemathesis` asks for far longer."""

from pathlib import Path

from e2e.schema.run import check, furnished


def test_nothing_undocumented_is_answered(tmp_path: Path) -> None:
    relay, tokens = furnished(tmp_path)
    try:
        runs = [
            check(relay.url, "master", tokens["master"], examples=1, phases=("fuzzing",)),
            check(relay.url, "worker", tokens["worker"], examples=1, phases=("examples",)),
        ]
    finally:
        relay.stop()

    assert [run.output for run in runs if not run.ok] == []
    assert sum(run.cases for run in runs) > 100
    assert relay.faults() == []
