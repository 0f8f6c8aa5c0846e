"""Strings and JSON that every transport may carry: no NUL, no lone surrogates, no NaN, no deep nesting."""

from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, Field

from protocol.errors import InvalidRequest

MAX_TEXT = 16_000  # characters of one message
MAX_PAYLOAD = 64 * 1024  # bytes of one frame or one REST body
MAX_DEPTH = 8


def clean(value: str) -> str:
    """Return `value`, or refuse what SQL, UTF-8 or a browser's JSON would choke on.

    Raises:
        ValueError: it holds NUL or a lone surrogate.
    """
    if "\0" in value:
        raise ValueError("NUL is not allowed")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("lone surrogates are not allowed") from None
    return value


def not_blank(value: str) -> str:
    """Return `value` unless nothing of it can be seen."""
    if not value.strip():
        raise ValueError("must not be blank")
    return value


CleanText = Annotated[str, AfterValidator(clean)]
ShortText = Annotated[str, Field(max_length=256), AfterValidator(clean)]
# Said as one: a bound that is added behind a check of ours is a function of Python, called each time.
Word = Annotated[str, Field(min_length=1, max_length=256), AfterValidator(clean)]
MessageText = Annotated[
    str, Field(min_length=1, max_length=MAX_TEXT), AfterValidator(clean), AfterValidator(not_blank)
]


def nesting(value: object) -> int:
    """Return how deep lists and objects nest in a parsed value."""
    deepest, level = 0, [value]
    while level := [child for item in level for child in _children(item)]:
        deepest += 1
    return deepest


def loads(text: str | bytes) -> Any:
    """Parse JSON strictly.

    orjson refuses NaN, infinities, lone surrogates and numbers that overflow; nesting is checked after it.

    Raises:
        InvalidRequest: the text is not JSON, or nests deeper than `MAX_DEPTH`.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest(f"not valid JSON: {error.msg}") from None
    # What opens no more than that can't nest deeper; so nearly nothing is walked through.
    if _openings(text) > MAX_DEPTH and nesting(value) > MAX_DEPTH:
        raise InvalidRequest(f"nested deeper than {MAX_DEPTH} levels")
    return value


def dumps(value: object) -> str:
    """Encode `value` as compact JSON."""
    return orjson.dumps(value).decode()


def encoded(value: object) -> bytes:
    """Encode `value` as compact JSON in UTF-8."""
    return orjson.dumps(value)


def _openings(text: str | bytes) -> int:
    return text.count("[") + text.count("{") if isinstance(text, str) else text.count(b"[") + text.count(b"{")


def _children(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values()) or [None]
    if isinstance(value, list):
        return value or [None]
    return []
