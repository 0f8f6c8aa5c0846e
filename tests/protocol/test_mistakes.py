"""Mistakes are told in our words, with their place and without what was given."""

import pytest
from pydantic import BaseModel, ValidationError

from protocol.mistakes import refusal_of
from protocol.text import ShortText


class Inner(BaseModel):
    """Something that can be wrong."""

    word: ShortText
    number: int = 0


class Outer(BaseModel):
    """Something that holds it."""

    parts: list[Inner]


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        ({"parts": [{"word": "secret\0"}]}, "parts.0.word", "NUL is not allowed"),
        ({"parts": [{}]}, "parts.0.word", "Field required"),
        ({"parts": [{"word": "", "number": "secret"}]}, "parts.0.number", "Input should be a valid integer"),
        ("secret", None, "Input should be a valid dictionary or instance of Outer"),
    ],
)
def test_first_mistake_is_told_with_its_place(given: object, field: str | None, message: str) -> None:
    with pytest.raises(ValidationError) as found:
        Outer.model_validate(given)

    refusal = refusal_of(found.value)

    assert refusal.field == field
    assert refusal.message.startswith(message)
    assert "secret" not in str(refusal.body())
