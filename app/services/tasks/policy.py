"""Policy: what may never run, and what runs only once a master has approved it."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

MAX_RULE = 256  # characters of a pattern that a task shows


@dataclass(frozen=True, slots=True)
class Ruling:
    """What policy says of a command line; `rule` is the pattern that matched."""

    blocked: bool = False
    needs_approval: bool = False
    rule: str | None = None


class Policy:
    """Patterns with `*` and `?`, matched against the whole line without regard to case and spacing."""

    def __init__(self, *, deny: Iterable[str] = (), risky: Iterable[str] = ()) -> None:
        self._deny = tuple(map(_folded, deny))
        self._risky = tuple(map(_folded, risky))

    def rule_on(self, line: str) -> Ruling:
        """Judge a command line such as `/do restart the api`."""
        if rule := _matching(line, self._deny):
            return Ruling(blocked=True, rule=rule[:MAX_RULE])
        if rule := _matching(line, self._risky):
            return Ruling(needs_approval=True, rule=rule[:MAX_RULE])
        return Ruling()


def _matching(line: str, patterns: tuple[str, ...]) -> str | None:
    folded = _folded(line)
    return next((pattern for pattern in patterns if fnmatchcase(folded, _literal(pattern))), None)


def _literal(pattern: str) -> str:
    """Take from brackets the sense that they have for files: only `*` and `?` stand for something else."""
    return pattern.replace("[", "[[]")


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
