"""Reads what a gateway says of a turn: its end, or what its session's transcript holds of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cli.agent.runs import Outcome, cut, failed, succeeded

Row = Mapping[str, Any]

UNFINISHED = {"toolUse", "tool_use", "tool_calls"}  # stop reasons after which the turn goes on
NO_ANSWER = "(the agent said nothing)"


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn that has begun; `outcome` is None while the transcript does not tell how it ended."""

    is_active: bool
    outcome: Outcome | None


def outcome_of(told: Row) -> Outcome:
    """Return how a run ended, as `agent` and `agent.wait` tell it."""
    payloads = (told.get("result") or {}).get("payloads") or []
    text = "\n\n".join(str(each["text"]) for each in payloads if each.get("text"))
    text = text or str((told.get("terminalReply") or {}).get("text") or "")
    if told.get("stopReason") == "rpc":
        return cut(Outcome("cancelled", text))
    if told.get("status") == "timeout":
        return cut(Outcome("timed_out", text))
    is_bad = bool(payloads) and all(each.get("isError") for each in payloads)
    if told.get("status") != "ok" or is_bad:
        return failed(text or str(told.get("summary") or told.get("error") or "the turn failed"))
    return succeeded(text or NO_ANSWER)


def turn_in(history: Row, task_id: str) -> Turn | None:
    """Find a task's turn in `chat.history`; None if it has never begun."""
    rows: Sequence[Row] = history.get("messages") or []
    at = next((index for index, row in enumerate(rows) if _key(row) == f"{task_id}:user"), None)
    running = (history.get("inFlightRun") or {}).get("runId")
    if at is None:
        return Turn(is_active=True, outcome=None) if running == task_id else None
    info = history.get("sessionInfo") or {}
    is_active = running == task_id or info.get("hasActiveRun") is True
    return Turn(is_active, None if is_active else _ended(rows[at + 1 :]))


def _ended(rows: Sequence[Row]) -> Outcome | None:
    """Return how the turn ended that these rows follow on."""
    last: Row | None = None
    for row in rows:
        if row.get("role") == "user" and _key(row).endswith(":user"):
            break
        if row.get("role") == "assistant":
            last = row
    if last is None or last.get("stopReason") in UNFINISHED:
        return None
    if (last.get("openclawAbort") or {}).get("aborted"):
        return cut(Outcome("cancelled", _text(last)))
    if last.get("stopReason") == "error":
        return failed(_text(last) or "the turn failed")
    return succeeded(_text(last) or NO_ANSWER)


def _key(row: Row) -> str:
    return str(row.get("idempotencyKey") or (row.get("__openclaw") or {}).get("idempotencyKey") or "")


def _text(row: Row) -> str:
    content = row.get("content")
    if isinstance(content, str):
        return content
    parts = [part for part in content or [] if isinstance(part, dict) and part.get("type") == "text"]
    return "".join(str(part.get("text") or "") for part in parts)
