"""What a view asks is checked, done, and answered under its number; refusals become sentences."""

from typing import Any

import pytest

from components import asks
from components.authority import Authority
from components.panels.answers import Answer, Answers, failure, sentence
from protocol.errors import Conflict, Forbidden, InvalidRequest, RateLimited
from tests.components.conftest import SignIn
from tests.fakes import Stage


@pytest.fixture
async def answers(sign_in: SignIn, warden_token: str) -> Answers:
    async def rename(ask: asks.NewHandle) -> Answer:
        if ask.handle == "taken":
            raise Conflict("another agent has this handle")
        if ask.handle == "foreign":
            raise Forbidden("handle.set is not for you here")
        return {"handle": ask.handle}

    return Answers(await sign_in(Authority, warden_token), {"rename": (asks.NewHandle, rename)})


async def ask(answers: Answers, **fields: Any) -> Answer:
    return await answers.answer(asks.Question.model_validate({"n": 1, **fields}))


async def test_a_question_is_answered(answers: Answers) -> None:
    assert await ask(answers, what="rename", agent_id="ann", handle="anna") == {"handle": "anna"}


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        (
            {"what": "rename", "agent_id": "ann", "handle": "taken"},
            "conflict",
            "Another agent has this handle.",
        ),
        ({"what": "rename", "agent_id": "-", "handle": "x"}, "invalid_request", "An id has 1 to 64"),
        ({"what": "rename", "agent_id": "ann"}, "invalid_request", "This can't be read."),
        (
            {"what": "rename", "agent_id": "ann", "handle": "x", "role": "master"},
            "invalid_request",
            "A role is",
        ),
        ({"what": "drop", "agent_id": "ann"}, "invalid_request", "Nobody here answers this."),
    ],
)
async def test_a_refusal_is_a_sentence(
    answers: Answers, fields: dict[str, Any], code: str, words: str
) -> None:
    answer = await ask(answers, **fields)

    assert answer["code"] == code
    assert str(answer["error"]).startswith(words)


async def test_what_was_forbidden_is_recorded(answers: Answers, stage: Stage) -> None:
    await ask(answers, what="rename", agent_id="ann", handle="foreign")

    last = (await stage.records())[-1]
    assert (last.actor, last.action, last.result) == ("eye", "console.rename", "denied")


def test_a_sentence_begins_large_and_ends_with_a_stop() -> None:
    assert sentence(InvalidRequest("not so")) == "Not so."
    assert sentence(InvalidRequest("Done.")) == "Done."


def test_a_refusal_says_when_to_try_again() -> None:
    refusal = failure(RateLimited("too many requests", retry_after=11.2))

    assert refusal == {
        "error": "Too many requests. Try again in 12 s.",
        "code": "rate_limited",
        "wait": 12,
        "field": "",
    }
