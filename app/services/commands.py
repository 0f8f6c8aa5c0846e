"""Slash commands: one registry of what can be typed, for the relay itself or for agents."""

import re
import shlex
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from typing_extensions import override

from protocol.acks import CommandInfo
from protocol.errors import InvalidRequest
from protocol.tasks import MAX_ARG
from protocol.text import ShortText

Risk = Literal[0, 1, 2]
ArgumentType = Literal["text", "number"]
MAX_ANNOUNCED = 64  # commands of one agent
MAX_ARGS = 64


class RunsAt(StrEnum):
    """Who carries a command out."""

    RELAY = "relay"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument; `source` names what completes it, `rest` takes the remainder of the line as it is."""

    name: str
    type: ArgumentType = "text"
    source: str = "text"
    required: bool = True
    rest: bool = False

    def describe(self) -> dict[str, object]:
        """Return what a menu shows."""
        return asdict(self)

    @override
    def __str__(self) -> str:
        return f"<{self.name}>" if self.required else f"[{self.name}]"


@dataclass(frozen=True, slots=True)
class Command:
    """A command: risk 0 reads, 1 changes, 2 destroys; without `args` anything may follow."""

    name: str
    help: str
    risk: Risk
    category: str
    args: tuple[Argument, ...] | None = ()
    runs_at: RunsAt = RunsAt.AGENT

    @property
    def usage(self) -> str:
        """Return how it is typed."""
        return " ".join((f"/{self.name}", *map(str, self.args or ())))

    @property
    def takes_text(self) -> bool:
        """Tell whether the remainder of the line belongs to it as it was typed."""
        return bool(self.args) and self.args is not None and self.args[-1].rest

    def parse(self, text: str) -> tuple[str, ...]:
        """Take what follows the name apart.

        Raises:
            InvalidRequest: too few arguments, too many, or an open quote.
        """
        if self.takes_text:
            words = tuple(text.split(maxsplit=len(self.args or ()) - 1))
        else:
            words = tuple(_split(text))
        return self.check(words)

    def check(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """Return arguments of a right number.

        Raises:
            InvalidRequest: too few, too many, too long, or no number where one is due.
        """
        if len(words) > MAX_ARGS or any(len(word) > MAX_ARG for word in words):
            raise InvalidRequest(f"at most {MAX_ARGS} arguments of {MAX_ARG} characters", field="args")
        if self.args is None:
            return words
        least = sum(argument.required for argument in self.args)
        if not least <= len(words) <= len(self.args):
            raise InvalidRequest(f"type {self.usage}", field="args")
        for argument, word in zip(self.args, words, strict=False):
            if argument.type == "number" and not (word.isascii() and word.isdigit()):
                raise InvalidRequest(f"{argument.name} is a number: type {self.usage}", field="args")
        return words

    def describe(self) -> CommandInfo:
        """Return what a menu shows."""
        return CommandInfo(
            name=self.name,
            args=[argument.describe() for argument in self.args or ()],
            help=self.help,
            risk=self.risk,
            category=self.category,
            runs_at=self.runs_at.value,
        )


_TEXT = Argument("text", rest=True)
_REASON = Argument("reason", required=False, rest=True)
_TASK = Argument("task", source="task")
_AGENT = Argument("agent", source="agent")
_WHO = Argument("agent or @all", source="agent")


def _relay(name: str, explained: str, risk: Risk, category: str, *args: Argument) -> Command:
    return Command(name, explained, risk, category, args, RunsAt.RELAY)


BUILT_IN: tuple[Command, ...] = (
    _relay("help", "List commands, or explain one", 0, "Console", Argument("command", required=False)),
    _relay("join", "Enter a public room", 0, "Rooms", Argument("room", source="room")),
    _relay("leave", "Leave this room", 0, "Rooms"),
    _relay("topic", "Set the topic of this room", 1, "Rooms", _TEXT),
    _relay("invite", "Let an agent into this room", 1, "Rooms", _AGENT),
    _relay("kick", "Put an agent out of this room", 1, "Rooms", _AGENT, _REASON),
    _relay("who", "Tell who is in this room", 0, "Rooms"),
    _relay("nick", "Change your handle", 1, "Rooms", Argument("handle")),
    _relay("continue", "Let agents talk on after the loop guard", 1, "Rooms"),
    _relay("pause", "Stop an agent, or the fleet, at once", 1, "Fleet", _WHO, _REASON),
    _relay("resume", "Let a paused agent, or the fleet, work again", 1, "Fleet", _WHO),
    _relay("approve", "Let a risky command run, once", 1, "Tasks", _TASK),
    _relay("deny", "Refuse a risky command", 1, "Tasks", _TASK, _REASON),
    _relay("stop", "Ask for a task to stop", 1, "Tasks", _TASK, _REASON),
    _relay("retry", "Run a task that has ended once more", 1, "Tasks", _TASK),
    _relay("save", "Keep a command under a name of its own", 1, "Tasks", Argument("name"), _TEXT),
    _relay("forget", "Forget a saved command", 1, "Tasks", Argument("name", source="saved")),
    Command("status", "Report version, health and load", 0, "Agent"),
    Command("ping", "Answer", 0, "Agent"),
    Command("version", "Report versions", 0, "Agent"),
    Command("health", "Report the health of OpenClaw", 0, "Agent"),
    Command("sessions", "List sessions", 0, "Sessions", (Argument("count", type="number", required=False),)),
    Command("cron", "List scheduled jobs", 0, "Agent"),
    Command("agents", "List the agents of OpenClaw", 0, "Agent"),
    Command("models", "List the models", 0, "Agent"),
    Command("ask", "Ask the agent's model", 1, "Agent", (_TEXT,)),
    Command("do", "Let the agent act, with its tools", 2, "Agent", (_TEXT,)),
    Command("new", "Begin a new session in this room", 1, "Sessions"),
)


class Announced(BaseModel):
    """A further command as an agent announces it; what else it says of it is left aside."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")
    help: ShortText = ""
    risk: Risk = 2


_LINE = re.compile(r"/(\S*)(.*)", re.DOTALL)
_ANNOUNCED = TypeAdapter(list[Announced])


class CommandRegistry:
    """The built-in commands and those that agents announce; an agent can't change a built-in one."""

    def __init__(self, built_in: Iterable[Command] = BUILT_IN) -> None:
        self._built_in = {command.name: command for command in built_in}
        self._announced: dict[str, dict[str, Command]] = {}

    def announce(self, agent_id: str, commands: Any) -> None:
        """Take up what an agent can do beside the built-in commands, in place of what it said before.

        Raises:
            InvalidRequest: not a list of commands.
        """
        try:
            said = _ANNOUNCED.validate_python(commands)
        except ValidationError:
            raise InvalidRequest("not a list of commands", field="specs.commands") from None
        further = [each for each in said if each.name not in self._built_in][:MAX_ANNOUNCED]
        self._announced[agent_id] = {
            each.name: Command(each.name, each.help or "Announced by an agent", each.risk, "Agent", None)
            for each in further
        }

    def all(self) -> list[Command]:
        """List every command once, by name."""
        announced = {name: command for each in self._announced.values() for name, command in each.items()}
        return sorted((announced | self._built_in).values(), key=lambda command: command.name)

    def named(self, name: str) -> Command:
        """Return the command of this name; announced with several risks it has the highest.

        Raises:
            InvalidRequest: there is none; the message names the nearest.
        """
        if (command := self._built_in.get(name)) is not None:
            return command
        offered = [each[name] for each in self._announced.values() if name in each]
        if offered:
            return max(offered, key=lambda command: command.risk)
        near = get_close_matches(name, [command.name for command in self.all()], n=1)
        hint = f"; did you mean /{near[0]}?" if near else "; /help lists them"
        raise InvalidRequest(f"there is no command /{name}{hint}", field="command")


def head_of(line: str) -> tuple[str, str]:
    """Split a command line into the name, in lower case, and what follows; right after the slash, or no name.

    Raises:
        InvalidRequest: it does not begin with a slash.
    """
    if (match := _LINE.fullmatch(line)) is None:
        raise InvalidRequest("a command line begins with a slash", field="line")
    return match[1].lower(), match[2].strip()


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        raise InvalidRequest("a quote is not closed", field="args") from None
