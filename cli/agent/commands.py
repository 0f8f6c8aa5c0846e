"""The fixed table of what a task may ask for; what is not in it is never executed."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from cli.agent.runs import tail
from protocol.tasks import Task

CATEGORY = "agent"


class Kind(StrEnum):
    """How a command is run: what it may touch, and whether it can be repeated."""

    LOCAL = "local"  # the sidecar answers
    READ = "read"  # reads, so it may run again after a crash
    TURN = "turn"  # one at a time in a room, and never twice
    CONTROL = "control"  # acts on other tasks, so it does not wait for them


@dataclass(frozen=True, slots=True)
class Command:
    """A row of the table; risk 0 reads, 1 changes, 2 destroys."""

    name: str
    kind: Kind
    help: str
    risk: Literal[0, 1, 2] = 0
    arg: str = ""
    is_optional: bool = True

    def announced(self) -> dict[str, object]:
        """Return what the relay tells the people who may use it."""
        args = [{"name": self.arg, "required": not self.is_optional}] if self.arg else []
        return {"name": self.name, "args": args, "help": self.help, "risk": self.risk, "category": CATEGORY}


_ROWS = (
    Command("ping", Kind.LOCAL, "answer pong"),
    Command("version", Kind.LOCAL, "show the versions of the sidecar and of what it drives"),
    Command("help", Kind.LOCAL, "list the commands of this agent"),
    Command("status", Kind.READ, "summarise how the agent is"),
    Command("health", Kind.READ, "show the health of OpenClaw, or of the machine"),
    Command("sessions", Kind.READ, "list the latest sessions", arg="count"),
    Command("cron", Kind.READ, "list the scheduled jobs"),
    Command("agents", Kind.READ, "list OpenClaw's agents"),
    Command("models", Kind.READ, "list OpenClaw's models"),
    Command("ask", Kind.TURN, "ask the agent something", 1, "text", is_optional=False),
    Command("do", Kind.TURN, "give the agent something to do", 2, "text", is_optional=False),
    Command("new", Kind.TURN, "begin a new session in this room", 1),
    Command("run", Kind.TURN, "run a command of the agent's allow-list", 1, "command", is_optional=False),
    Command("stop", Kind.CONTROL, "stop what runs in this room", 1, "task"),
)
COMMANDS: dict[str, Command] = {row.name: row for row in _ROWS}


def split(task: Task) -> tuple[str, str]:
    """Return a task's command name, without its slash, and the text that follows it.

    A command line that came as one text is taken apart at its first blank; nothing else is interpreted. What
    has no slash and is not in the table can only be meant for the allow-list.
    """
    command = task.command.strip()
    first, _, rest = command.partition(" ")
    name = first.removeprefix("/").casefold()
    if not command.startswith("/") and name not in COMMANDS:
        name, rest = "run", command
    return name, " ".join(word for word in (rest.strip(), *task.args) if word)


def unknown(name: str, known: Iterable[str]) -> str:
    """Return why a command was not executed, with the nearest one that there is."""
    names = sorted(known)
    near = difflib.get_close_matches(name.removeprefix("/").casefold(), names, n=1, cutoff=0.5)
    hint = f"; did you mean /{near[0]}?" if near else f"; there are {', '.join('/' + each for each in names)}"
    return f"unknown command {tail(name, 64)}{hint}"
