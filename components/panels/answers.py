"""Questions of a view and their answers: `{n, what, …}` comes in, `answered({n, …})` goes back."""

import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from nicegui.events import GenericEventArguments
from pydantic import ValidationError

from components.asks import Ask, Question
from components.authority import Authority
from components.views.elements import Speaking
from protocol.errors import ClawNetError, InvalidRequest

Answer = Mapping[str, object]
Step = Callable[[Any], Awaitable[Answer]]
Table = Mapping[str, tuple[type[Ask], Step]]

_FIELDS = {
    "title": "A name has 1 to 64 small letters, digits, - or _ and begins and ends with a letter or a digit.",
    "agent_id": "An id has 1 to 64 letters, digits, ., _ or - and begins with a letter or a digit.",
    "role": "A role is master, warden or worker.",
    "lifetime": "A lifetime is from a minute to a year.",
    "overlap": "An overlap is from 0 seconds to 24 hours.",
    "address": "An address has 1 to 2,048 characters.",
}


class Answers:
    """Answers what one element asks; a refusal becomes a sentence, and stands in the audit trail."""

    def __init__(self, authority: Authority, table: Table) -> None:
        self._authority = authority
        self._table = table

    async def __call__(self, event: GenericEventArguments) -> None:
        """Do what is asked and tell the element how it went."""
        element = event.sender
        assert isinstance(element, Speaking)
        question = Question.model_validate(event.args)
        answer = await self.answer(question)
        element.tell("answered", {"n": question.n, **answer})

    async def answer(self, question: Question) -> Answer:
        """Do what is asked; return what it came to, or why it was refused."""
        if question.what not in self._table:
            return failure(InvalidRequest("nobody here answers this"))
        model, step = self._table[question.what]
        try:
            return await step(model.model_validate(question.model_extra))
        except ValidationError as error:
            field = str(error.errors()[0]["loc"][0]) if error.errors()[0]["loc"] else ""
            return {"error": _FIELDS.get(field, "This can't be read."), "code": "invalid_request"}
        except ClawNetError as error:
            self._authority.record(question.what, error)
            return failure(error)


def failure(error: ClawNetError) -> Answer:
    """Return a refusal as a view shows it; `wait` is in seconds."""
    wait = math.ceil(error.retry_after or 0)
    when = f" Try again in {wait} s." if wait else ""
    return {"error": sentence(error) + when, "code": error.code, "wait": wait, "field": error.field or ""}


def sentence(error: ClawNetError) -> str:
    """Return what an error says as a sentence."""
    text = error.message[:1].upper() + error.message[1:]
    return text if text.endswith(".") else text + "."
