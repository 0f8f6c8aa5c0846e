"""How agents fare, as data: load, version, sessions, and the reasons for which somebody should look."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from app.services.telemetry import Sample, Telemetry
from components.render import label

Picture = dict[str, Any]
HIGH = 85.0  # percent of a processor or of memory
FOR = 60.0  # seconds of it that make somebody look
MAX_SESSIONS = 20
SKEW = 2.0  # seconds that a clock may be wrong before somebody looks
_LONG = 120  # seconds from which on minutes are told
_NUMBERS = re.compile(r"\d+(?:\.\d+)+")


def sign(told: Telemetry | None, samples: Sequence[Sample]) -> Picture:
    """Return what the list shows of an agent's machine; `samples` are [when, cpu, ram], oldest first."""
    specs, openclaw = _section(told, "specs"), _section(told, "openclaw")
    samples = [each for each in samples if (each.cpu, each.ram) != (None, None)]
    last = samples[-1] if samples else None
    return {
        "cpu": last.cpu if last else None,
        "ram": last.ram if last else None,
        "high": [name for name in ("cpu", "ram") if is_high(samples, name)],
        "samples": [[each.at, each.cpu, each.ram] for each in samples],
        "version": label(str(specs.get("version", "")))[:24],
        "latency": _number(openclaw.get("latency_ms")),
        "sessions": _count(told, openclaw),
    }


def curves(recent: Sequence[Sample], minutes: Sequence[Sample]) -> Picture:
    """Return what an agent's charts are drawn from: [when, cpu, ram, disk, latency], oldest first."""
    return {"recent": [_point(each) for each in recent], "hour": [_point(each) for each in minutes]}


def _point(sample: Sample) -> list[str | float | None]:
    return [sample.at, sample.cpu, sample.ram, sample.disk, sample.latency]


def skewed(told: Telemetry | None) -> str:
    """Say by how much an agent's clock is wrong; empty when it is right, or not known."""
    skew = told.skew if told else None
    if skew is None or abs(skew) <= SKEW:
        return ""
    seconds = abs(skew)
    size = f"{seconds:.0f} s" if seconds < _LONG else f"{seconds / 60:,.0f} min"
    return f"clock {size} {'ahead' if skew > 0 else 'behind'}"


def is_high(samples: Sequence[Sample], name: str) -> bool:
    """Tell whether a share has been high for a minute, up to the last report."""
    streak: list[str] = []
    for each in reversed(samples):
        value = getattr(each, name)
        if value is None or value < HIGH:
            break
        streak.append(each.at)
    return len(streak) > 1 and _seconds(streak[-1], streak[0]) >= FOR


def newest(versions: Iterable[str]) -> str:
    """Return the highest version; empty when nobody tells one."""
    return max(versions, key=_order, default="")


def is_behind(version: str, best: str) -> bool:
    """Tell whether a version is lower than the best one; what can't be read is not."""
    return bool(_order(version)) and _order(version) < _order(best)


def sessions(told: Telemetry | None) -> list[Picture]:
    """List the sessions that an agent reports, as short lines of text."""
    rows = told.sections.get("sessions") if told else None
    if not isinstance(rows, list):
        return []
    return [_session(row) for row in rows[:MAX_SESSIONS]]


def _session(row: object) -> Picture:
    if not isinstance(row, Mapping):
        return {"name": label(str(row))[:80], "about": ""}
    name = next((row[key] for key in ("key", "name", "id", "sessionKey") if row.get(key)), "session")
    rest = [
        f"{label(str(key))} {label(str(value))[:40]}"
        for key, value in list(row.items())[:8]
        if value != name and isinstance(value, str | int | float)
    ]
    return {"name": label(str(name))[:80], "about": ", ".join(rest)}


def _section(told: Telemetry | None, name: str) -> Mapping[str, Any]:
    section = told.sections.get(name) if told else None
    return section if isinstance(section, Mapping) else {}


def _count(told: Telemetry | None, openclaw: Mapping[str, Any]) -> int | None:
    listed = told.sections.get("sessions") if told else None
    said = openclaw.get("sessions")
    if isinstance(said, int) and not isinstance(said, bool):
        return said
    return len(listed) if isinstance(listed, list) else None


def _number(value: object) -> int | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e6
    return round(float(str(value))) if is_number else None


def _order(version: str) -> tuple[int, ...]:
    found = _NUMBERS.search(version)
    return tuple(int(part[:9]) for part in found.group().split(".")[:6]) if found else ()


def _seconds(since: str, until: str) -> float:
    return (datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds()
