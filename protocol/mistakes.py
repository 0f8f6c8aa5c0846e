"""What Pydantic finds wrong, told as the protocol's own refusal."""

from pydantic import ValidationError

from protocol.errors import InvalidRequest


def refusal_of(error: ValidationError) -> InvalidRequest:
    """Return the first mistake and where it stands; what was given is not repeated."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return InvalidRequest(plain(first["msg"]), field=".".join(map(str, first["loc"])) or None)


def plain(message: str) -> str:
    """Return what Pydantic says of a mistake without its own words for a rule of ours."""
    return message.removeprefix("Value error, ")
