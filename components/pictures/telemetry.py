"""What an agent says of itself, as data: a claim, in any shape, so it is cut down to short lines of text."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.services.telemetry import Telemetry
from components.render import label

Picture = dict[str, Any]
MAX_LINES = 24
MAX_VALUE = 160  # characters
_DEPTH = 2
_UNITS = {"_percent": " %", "_ms": " ms"}
_SIZES = frozenset({"ram_total", "disk_free"})
_GIB = 2**30


def telemetry(told: Telemetry) -> Picture:
    """Return the agent's machine, how its OpenClaw is, and when it said so; `health` is ok, down or empty."""
    openclaw = told.sections.get("openclaw")
    machine = {name: value for name, value in _mapping(told.sections.get("specs")) if name != "commands"}
    health = "" if not isinstance(openclaw, Mapping) or "ok" not in openclaw else _health(openclaw)
    return {
        "reported": told.reported_at,
        "machine": _lines(machine),
        "openclaw": _lines({name: value for name, value in _mapping(openclaw) if name != "ok"}),
        "health": health,
    }


def _health(openclaw: Mapping[str, object]) -> str:
    return "ok" if openclaw["ok"] is True else "down"


def _mapping(section: object) -> list[tuple[str, object]]:
    return [(str(name), value) for name, value in section.items()] if isinstance(section, Mapping) else []


def _lines(section: Mapping[str, object]) -> list[list[str]]:
    return [[label(name)[:40], label(text)[:MAX_VALUE]] for name, text in _flat(section, 0)][:MAX_LINES]


def _flat(section: Mapping[str, object], depth: int, before: str = "") -> Iterator[tuple[str, str]]:
    for name, value in list(section.items())[:MAX_LINES]:
        called = f"{before}{name}"
        if isinstance(value, Mapping) and depth < _DEPTH:
            yield from _flat({str(key): each for key, each in value.items()}, depth + 1, f"{called} ")
        elif value not in (None, "", [], {}):
            yield _worded(called, value)


def _worded(name: str, value: object) -> tuple[str, str]:
    unit = next((unit for ending, unit in _UNITS.items() if name.endswith(ending)), "")
    words = name.removesuffix("_percent").removesuffix("_ms").replace("_", " ")
    if name in _SIZES and isinstance(value, int):
        return words, f"{value / _GIB:.1f} GiB"
    if isinstance(value, bool):
        return words, "yes" if value else "no"
    if isinstance(value, list):
        plain = [each for each in value[:8] if isinstance(each, str | int | float)]
        return words, ", ".join(map(str, plain)) or f"{len(value)}"
    return words, f"{value}{unit}"
