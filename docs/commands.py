"""From `clownet-cli` to its reference: one chapter a command, in the order of `--help`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import typer

from cli.completion import PROGRAM
from cli.exits import EXIT_CODES, OWN_CODES
from cli.main import app
from docs.fields import table

SHARED = {"url", "profile", "token_file", "as_json"}
_EXAMPLE = "Example: "
_OWN_MEANINGS = {
    "done": "it worked",
    "task_failed": "the task that was waited for did not succeed",
    "doctor_found_faults": "`doctor` found something that does not work",
    "interrupted": "Ctrl-C",
    "reader_gone": "who read the output has gone, as `head` does",
}


@dataclass(frozen=True)
class Leaf:
    """A command that does something: its words and what Typer made of it."""

    words: tuple[str, ...]
    command: Any

    @property
    def name(self) -> str:
        """Return how it is called, without the program."""
        return " ".join(self.words)

    @property
    def example(self) -> str:
        """Return the example of its help, on one line; empty if it has none."""
        return " ".join((self.command.help or "").partition(_EXAMPLE)[2].split())

    @property
    def prose(self) -> str:
        """Return its help without the example."""
        return " ".join((self.command.help or "").partition(_EXAMPLE)[0].split())

    @property
    def arguments(self) -> list[Any]:
        """Return what stands behind it without a dash."""
        return [each for each in self.command.params if not each.opts[0].startswith("-")]

    @property
    def options(self) -> list[Any]:
        """Return its own options, without those that all commands share."""
        own = [each for each in self.command.params if each.opts[0].startswith("-")]
        return [each for each in own if each.name not in SHARED]

    @property
    def has_shared(self) -> bool:
        """Tell whether it takes the options that commands share."""
        return {each.name for each in self.command.params} >= SHARED


def leaves() -> list[Leaf]:
    """List every command that does something; a group that does so without a subcommand is one as well."""
    return list(_below((), typer.main.get_command(app)))


def reference() -> str:
    """Draw the chapters."""
    return "\n\n".join(map(_chapter, leaves()))


def exit_codes() -> str:
    """Draw the exit codes that are not the protocol's."""
    rows = [(f"{code}", _OWN_MEANINGS[name]) for name, code in OWN_CODES.items()]
    rows += [(f"{code}", f"the relay's `{name}`") for name, code in EXIT_CODES.items()]
    return table(("exit code", "meaning"), sorted(rows, key=lambda row: int(row[0])))


def _below(words: tuple[str, ...], command: Any) -> Iterator[Leaf]:
    children = getattr(command, "commands", {})
    if words and (not children or command.invoke_without_command):
        yield Leaf(words, command)
    for name, child in children.items():
        yield from _below((*words, name), child)


def _chapter(leaf: Leaf) -> str:
    usage = " ".join([PROGRAM, leaf.name, *map(_place, leaf.arguments)])
    parts = [f"### {leaf.name}", f"`{usage}`", leaf.prose, f"```text\n{leaf.example}\n```"]
    rows = [(f"`{_place(each)}`", _default(each), _meaning(each)) for each in leaf.arguments]
    rows += [(f"`{_flags(each)}`", _default(each), _meaning(each)) for each in leaf.options]
    if rows:
        parts.append(table(("argument or option", "default", "meaning"), rows))
    return "\n\n".join(parts)


def _place(parameter: Any) -> str:
    word = parameter.metavar or parameter.name.upper()
    more = "..." if parameter.nargs == -1 else ""
    return f"{word}{more}" if parameter.required else f"[{word}]{more}"


def _flags(parameter: Any) -> str:
    return ", ".join([*parameter.opts, *parameter.secondary_opts])


def _default(parameter: Any) -> str:
    if parameter.required:
        return "**required**"
    value = parameter.default
    return "-" if value is None or value is False or value in {"", ()} else f"`{value}`"


def _meaning(parameter: Any) -> str:
    return " ".join((parameter.help or "").split())
