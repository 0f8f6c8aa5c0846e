"""One execution of a task: what a backend is given, and what it hands back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from protocol.tasks import Task
from protocol.text import dumps

MAX_OUTPUT = 16 * 1024  # characters of a result's output
MAX_OUTPUT_BYTES = 56 * 1024  # of it as JSON: the frame may have 64 KiB, and the result is not alone in it
INTERRUPTED = "interrupted: it may have run"

State = Literal["succeeded", "failed", "cancelled", "timed_out"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a task ended."""

    state: State
    output: str = ""
    exit_code: int | None = None
    truncated: bool = False


@dataclass(slots=True)
class Run:
    """A task on its way through a backend.

    `session` is the session key of its room. `say` tells how far it is, as a text that replaces what was said
    before. A run ends early by being cancelled; with `goes_on` set the sidecar is only leaving, and what runs
    outside of it shall go on.
    """

    task: Task
    command: str
    text: str
    session: str
    say: Callable[[str], None] = field(default=lambda _: None)
    goes_on: bool = False


def succeeded(text: str) -> Outcome:
    """Return a good end."""
    return cut(Outcome("succeeded", text))


def failed(why: str) -> Outcome:
    """Return a bad end and its reason."""
    return cut(Outcome("failed", why))


def cut(outcome: Outcome) -> Outcome:
    """Make an output fit for the wire: no NUL, no lone surrogates, and not larger than a frame bears."""
    text = cleaned(outcome.output)
    kept = _short(text)
    is_cut = outcome.truncated or len(kept) < len(text)
    return Outcome(outcome.state, kept, outcome.exit_code, is_cut)


def cleaned(text: str) -> str:
    """Return a text without what the wire refuses."""
    return text.replace("\0", "").encode(errors="replace").decode()


def tail(text: str, limit: int) -> str:
    """Return the last characters of a text."""
    return text if len(text) <= limit else "…" + text[1 - limit :]


def _short(text: str) -> str:
    kept = text[:MAX_OUTPUT]
    while (size := len(dumps(kept).encode())) > MAX_OUTPUT_BYTES:
        kept = kept[: len(kept) * MAX_OUTPUT_BYTES // size]
    return kept
