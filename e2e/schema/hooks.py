"""What Schemathesis must know of this interface that its description does not say."""

from typing import Any

import schemathesis

EVENTS = "/api/v1/events"
LONGEST = 60.0  # seconds that may be waited for


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Wait for nothing: a stream is read for half a minute, and other things are waited for twice that."""
    del context, kwargs
    query = dict(case.query or {})
    if case.operation.path == EVENTS and case.method == "GET":
        query.setdefault("wait", 0)
    if "wait" in query:
        case.query = query | {"wait": _shortened(query["wait"])}


def _shortened(wait: Any) -> Any:
    # What is out of bounds stays so, to be refused.
    try:
        seconds = float(wait)
    except (TypeError, ValueError):
        return wait
    return 0.01 if 0 < seconds <= LONGEST else wait
