"""What Schemathesis must know of this interface that its description does not say."""

from typing import Any

import schemathesis

EVENTS = "/api/v1/events"


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Ask for events as a poll that does not wait: a stream has no end, and is read for half a minute."""
    del context, kwargs
    if case.operation.path == EVENTS and case.method == "GET":
        query = dict(case.query or {})
        if isinstance(query.get("wait", 0), int | float):
            query["wait"] = 0
        case.query = query
