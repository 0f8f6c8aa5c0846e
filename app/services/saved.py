"""Saved commands: a line under a name of its own, typed like any other command."""

import json

from app.actor import Actor
from app.journal import Journal
from app.services.audit import AuditService
from app.services.commands import CommandRegistry
from app.services.permissions import Operation, check
from protocol.errors import Conflict, InvalidRequest, NotFound
from protocol.text import MAX_TEXT
from storage.ports import Directory, SaveSetting

MAX_SAVED = 100
_KEY = "saved_commands"


class SavedCommands:
    """Keeps the lines that masters have saved; everybody may type them, with the rights of who types."""

    def __init__(self, *, registry: CommandRegistry, journal: Journal, audit: AuditService) -> None:
        self._registry = registry
        self._journal = journal
        self._audit = audit
        self._lines: dict[str, str] = {}

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
            Forbidden: no master. InvalidRequest: no command line, or no name. Conflict: the name is a
            command's, or there are too many.
        """
        check(actor, Operation.COMMAND_SAVE)
        if not (name.isascii() and name.replace("-", "").replace("_", "").isalnum() and len(name) <= 32):
            raise InvalidRequest("a name has letters, digits, - and _", field="name")
        if not line.startswith("/") or line.startswith("//") or len(line) > MAX_TEXT // 4:
            raise InvalidRequest("a saved command begins with a slash", field="line")
        if line[1:].split(maxsplit=1)[0] in self._lines:
            raise InvalidRequest("a saved command can't stand on another one", field="line")
        if any(name == command.name for command in self._registry.all()):
            raise Conflict("a command has this name", field="name")
        if name not in self._lines and len(self._lines) >= MAX_SAVED:
            raise Conflict("too many saved commands", field="name")
        await self._keep(actor, "command.save", name, self._lines | {name: line})

    async def forget(self, actor: Actor, name: str) -> None:
        """Forget a line.

        Raises:
            Forbidden: no master. NotFound: there is none of this name.
        """
        check(actor, Operation.COMMAND_SAVE)
        if name not in self._lines:
            raise NotFound("no saved command of this name", field="name")
        left = {each: line for each, line in self._lines.items() if each != name}
        await self._keep(actor, "command.forget", name, left)

    async def _keep(self, actor: Actor, action: str, name: str, lines: dict[str, str]) -> None:
        await self._journal.write(SaveSetting(_KEY, json.dumps(lines)), self._audit.op(actor, action, name))
        self._lines = lines
