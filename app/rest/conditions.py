"""`ETag` and `If-Match`: change a thing only if it still is what the caller has seen (RFC 9110, 13.1.1)."""

import hashlib
from collections.abc import Callable
from typing import Annotated

from fastapi import Header, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from protocol.rooms import Room

# What moves with every message is not what a caller means to change.
_PASSING = {"head", "oldest"}

IfMatch = Annotated[
    str | None, Header(max_length=1024, description="Change it only if its `ETag` is still one of these.")
]


def etag_of(thing: BaseModel) -> str:
    """Return the tag of what a caller sees of a thing."""
    seen = thing.model_dump_json(exclude=_PASSING)
    return f'"{hashlib.sha256(seen.encode()).hexdigest()[:16]}"'


def tagged(thing: BaseModel, response: Response) -> None:
    """Answer with the tag of a thing."""
    response.headers["ETag"] = etag_of(thing)


def check_tag(tag: str, if_match: str | None) -> None:
    """Let a change pass to what has this tag.

    Raises:
        HTTPException: 412, the caller has seen something else.
    """
    if if_match is None:
        return
    tags = {each.strip() for each in if_match.split(",")}
    if not tags & {"*", tag}:
        raise HTTPException(412, "it was changed meanwhile; read it again")


def guard_of(if_match: str | None) -> Callable[[Room], None]:
    """Return what looks at a room before it is changed."""
    return lambda room: check_tag(etag_of(room), if_match)
