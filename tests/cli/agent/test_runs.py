"""Outcomes that fit the wire."""

from hypothesis import given
from hypothesis import strategies as st

from cli.agent.runs import MAX_OUTPUT, Outcome, cut, tail
from protocol.requests import TaskResult
from protocol.text import MAX_PAYLOAD


@given(st.text(alphabet=st.characters(), max_size=50), st.integers(1, 3000))
def test_any_output_becomes_a_result_that_a_frame_bears(text: str, times: int) -> None:
    outcome = cut(Outcome("succeeded", text * times))

    result = TaskResult(task_id="t" * 64, lease="l" * 64, state=outcome.state, output=outcome.output)
    assert len(result.model_dump_json().encode()) < MAX_PAYLOAD - 2048
    assert len(outcome.output) <= MAX_OUTPUT


def test_what_is_cut_is_marked_and_what_was_cut_stays_marked() -> None:
    assert cut(Outcome("succeeded", "x" * (MAX_OUTPUT + 1))).truncated
    assert cut(Outcome("failed", "x", 1, truncated=True)) == Outcome("failed", "x", 1, truncated=True)
    assert cut(Outcome("succeeded", "x" * MAX_OUTPUT)) == Outcome("succeeded", "x" * MAX_OUTPUT)


def test_wide_characters_are_cut_between_and_not_inside() -> None:
    outcome = cut(Outcome("succeeded", "🦀" * MAX_OUTPUT))

    assert outcome.truncated
    assert set(outcome.output) == {"🦀"}


def test_a_tail_is_marked() -> None:
    assert tail("abcdef", 4) == "…def"
    assert tail("abcd", 4) == "abcd"
