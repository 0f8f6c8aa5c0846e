"""What Schemathesis must know of this interface that its description does not say."""

from typing import Any

import schemathesis

EVENTS = "/api/v1/events"
LONGEST = 60.0  # seconds that may be waited for


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Wait for nothing: a stream is read for half a minute, and a history may be waited for twice that."""
    del context, kwargs
    if case.operation.path == EVENTS and case.method == "GET":
        query = dict(case.query or {})
        if isinstance(query.get("wait", 0), int | float):
            query["wait"] = 0
        case.query = query
    elif case.query and isinstance(case.query.get("wait"), int | float) and 0 < case.query["wait"] <= LONGEST:
        case.query["wait"] = 0.01
