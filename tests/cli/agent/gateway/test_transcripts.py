"""What a gateway says of turns, read."""

from typing import Any

import pytest

from cli.agent.gateway.transcripts import NO_ANSWER, outcome_of, turn_in

Body = dict[str, Any]


def payloads(*texts: str, is_error: bool = False) -> Body:
    return {"result": {"payloads": [{"text": text, "isError": is_error} for text in texts]}}


@pytest.mark.parametrize(
    ("told", "state", "output"),
    [
        ({"status": "ok"} | payloads("one", "two"), "succeeded", "one\n\ntwo"),
        ({"status": "ok"} | payloads("bad", is_error=True), "failed", "bad"),
        ({"status": "ok", "terminalReply": {"text": "yes"}}, "succeeded", "yes"),
        ({"status": "ok"}, "succeeded", NO_ANSWER),
        ({"status": "timeout", "summary": "aborted", "stopReason": "rpc"}, "cancelled", ""),
        ({"status": "error", "stopReason": "rpc", "endedAt": 1}, "cancelled", ""),
        ({"status": "timeout"} | payloads("too slow", is_error=True), "timed_out", "too slow"),
        ({"status": "error", "summary": "LLM request failed"}, "failed", "LLM request failed"),
        ({"status": "a word of a later version"}, "failed", "the turn failed"),
        ({}, "failed", "the turn failed"),
    ],
)
def test_every_end_has_a_state(told: Body, state: str, output: str) -> None:
    outcome = outcome_of(told)

    assert (outcome.state, outcome.output) == (state, output)


def user(task: str) -> Body:
    return {"role": "user", "content": "hi", "__openclaw": {"idempotencyKey": f"{task}:user"}}


def says(text: str, reason: str = "stop", **more: object) -> Body:
    content = [{"type": "thinking", "text": "hm"}, {"type": "text", "text": text}]
    return {"role": "assistant", "content": content, "stopReason": reason, **more}


OTHERS = [user("t0"), says("before")]


@pytest.mark.parametrize(
    ("rows", "state", "output"),
    [
        ([user("t1"), says("yes")], "succeeded", "yes"),
        ([user("t1"), says("", "toolUse"), {"role": "tool"}, says("yes")], "succeeded", "yes"),
        ([user("t1"), says("half", openclawAbort={"aborted": True})], "cancelled", "half"),
        ([user("t1"), says("broken", "error")], "failed", "broken"),
        ([user("t1"), says("yes"), user("t2"), says("no")], "succeeded", "yes"),
    ],
)
def test_a_turn_that_ended_is_read_from_its_rows(rows: list[Body], state: str, output: str) -> None:
    turn = turn_in({"messages": OTHERS + rows, "sessionInfo": {"hasActiveRun": False}}, "t1")

    assert turn is not None
    assert turn.outcome is not None
    assert (turn.outcome.state, turn.outcome.output) == (state, output)


@pytest.mark.parametrize(
    "rows", [[user("t1")], [user("t1"), says("", "toolUse")], [user("t1"), user("t2"), says("x")]]
)
def test_a_turn_whose_end_is_not_there_is_open(rows: list[Body]) -> None:
    turn = turn_in({"messages": OTHERS + rows}, "t1")

    assert turn is not None
    assert (turn.is_active, turn.outcome) == (False, None)


def test_while_the_session_runs_nothing_is_over() -> None:
    turn = turn_in({"messages": [user("t1"), says("half")], "sessionInfo": {"hasActiveRun": True}}, "t1")
    early = turn_in({"messages": OTHERS, "inFlightRun": {"runId": "t1"}}, "t1")

    assert turn is not None
    assert early is not None
    assert (turn.is_active, turn.outcome) == (early.is_active, early.outcome) == (True, None)


@pytest.mark.parametrize(
    "history", [{}, {"messages": OTHERS}, {"messages": [], "inFlightRun": {"runId": "t9"}}]
)
def test_a_turn_that_never_began_is_not_there(history: Body) -> None:
    assert turn_in(history, "t1") is None
