"""Saved commands: a line under a name of its own, typed like any other command."""

import asyncio
import json

from app.actor import Actor
from app.journal import Journal
from app.services.audit import AuditService
from app.services.commands import CommandRegistry, head_of
from app.services.permissions import Operation, check
from protocol.errors import Conflict, InvalidRequest, NotFound
from storage.ports import Directory, SaveSetting

MAX_SAVED = 100
MAX_LINE = 4_000
_KEY = "saved_commands"


class SavedCommands:
    """Keeps the lines that masters have saved; everybody may type them, with the rights of who types."""

    def __init__(self, *, registry: CommandRegistry, journal: Journal, audit: AuditService) -> None:
        self._registry = registry
        self._journal = journal
        self._audit = audit
        self._lines: dict[str, str] = {}
        # Each change is made from the one before.
        self._changing = asyncio.Lock()

    async def load(self, directory: Directory) -> None:
        """Take up what the store knows."""
        self._lines = json.loads((await directory.settings()).get(_KEY, "{}"))

    def all(self) -> dict[str, str]:
        """Return the saved lines by name."""
        return dict(self._lines)

    def line(self, name: str) -> str | None:
        """Return the line of a name."""
        return self._lines.get(name)

    async def save(self, actor: Actor, name: str, line: str) -> None:
        """Keep a line.

        Raises:
            Forbidden: no master. InvalidRequest: no name, or no line with a command that there is.
            Conflict: the name is a command's, or there are too many.
        """
        check(actor, Operation.COMMAND_SAVE)
        if not (name.isascii() and name.replace("-", "").replace("_", "").isalnum() and len(name) <= 32):
            raise InvalidRequest("a name has letters, digits, - and _", field="name")
        if len(line) > MAX_LINE:
            raise InvalidRequest(f"a saved command has at most {MAX_LINE} characters", field="line")
        # Not on another saved one: what a name stands for must be seen at once.
        self._registry.named(head_of(line)[0])
        if any(name == command.name for command in self._registry.all()):
            raise Conflict("a command has this name", field="name")
        async with self._changing:
            if name not in self._lines and len(self._lines) >= MAX_SAVED:
                raise Conflict("too many saved commands", field="name")
            await self._keep(actor, "command.save", name, self._lines | {name: line})

    async def forget(self, actor: Actor, name: str) -> None:
        """Forget a line.

        Raises:
            Forbidden: no master. NotFound: there is none of this name.
        """
        check(actor, Operation.COMMAND_SAVE)
        async with self._changing:
            if name not in self._lines:
                raise NotFound("no saved command of this name", field="name")
            left = {each: line for each, line in self._lines.items() if each != name}
            await self._keep(actor, "command.forget", name, left)

    async def _keep(self, actor: Actor, action: str, name: str, lines: dict[str, str]) -> None:
        await self._journal.write(SaveSetting(_KEY, json.dumps(lines)), self._audit.op(actor, action, name))
        self._lines = lines
