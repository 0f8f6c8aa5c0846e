"""Settings that masters may change while the relay runs; it goes before the environment and lasts."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import SecretStr, TypeAdapter, ValidationError

from app.actor import Actor
from app.journal import Journal
from app.services.audit import AuditService
from app.services.permissions import Operation, check
from app.settings import Settings
from protocol.errors import InvalidRequest
from protocol.mistakes import refusal_of
from storage.addresses import masked
from storage.ports import Directory, SaveSetting

CHANGEABLE = (
    "rate_chat",
    "rate_chat_burst",
    "rate_events",
    "rate_events_burst",
    "worker_risk",
    "deny_commands",
    "risky_commands",
    "loop_limit",
    "keep_days",
    "allow_joins",
    "block_joins",
)
Adopter = Callable[[Settings], None]
HIDDEN = "***"
_KEY = "settings"
_log = logging.getLogger("clawnet.settings")


@dataclass(frozen=True)
class SettingView:
    """A setting as an operator sees it; a secret shows only whether it is set."""

    name: str
    variable: str
    value: Any
    description: str
    changeable: bool
    changed: bool


class RuntimeSettings:
    """Keeps what was changed, and tells those whom it concerns."""

    def __init__(
        self,
        *,
        settings: Settings,
        journal: Journal,
        audit: AuditService,
        adopters: Iterable[Adopter],
    ) -> None:
        self._given = settings
        self._journal = journal
        self._audit = audit
        self._adopters = tuple(adopters)
        self._changes: dict[str, Any] = {}
        # Each change is made from what the one before left.
        self._changing = asyncio.Lock()

    @property
    def current(self) -> Settings:
        """Return what holds now."""
        return self._given.model_copy(update=self._changes)

    async def load(self, directory: Directory) -> None:
        """Take up what the store knows; what is not valid any more is passed over."""
        stored: dict[str, Any] = json.loads((await directory.settings()).get(_KEY, "{}"))
        try:
            self._changes = _checked(stored)
        except InvalidRequest as refusal:
            _log.warning("the stored settings are not valid here", extra={"reason": refusal.message})
            return
        self._adopt()

    def all(self, actor: Actor) -> list[SettingView]:
        """List all settings; masters may.

        Raises:
            Forbidden: no master.
        """
        check(actor, Operation.SETTINGS_READ)
        current = self.current
        return [
            SettingView(
                name=name,
                variable=f"CLAWNET_{name.upper()}",
                value=_shown(name, getattr(current, name)),
                description=field.description or "",
                changeable=name in CHANGEABLE,
                changed=name in self._changes,
            )
            for name, field in Settings.model_fields.items()
        ]

    async def replace(
        self, actor: Actor, changes: Mapping[str, Any], guard: Callable[[list[SettingView]], None]
    ) -> list[SettingView]:
        """Set what is named; what is not named has its value from the environment again. `guard` may refuse.

        Raises:
            Forbidden: no master. InvalidRequest: one of them can't be changed so.
        """
        check(actor, Operation.SETTINGS_SET)
        async with self._changing:
            guard(self.all(actor))
            checked = _checked(changes)
            differing = {name for name in CHANGEABLE if checked.get(name) != self._changes.get(name)}
            record = self._audit.op(actor, "settings.change", " ".join(sorted(differing)))
            await self._journal.write(SaveSetting(_KEY, json.dumps(checked)), record)
            self._changes = checked
            self._adopt()
        return self.all(actor)

    def _adopt(self) -> None:
        current = self.current
        for adopt in self._adopters:
            adopt(current)


def _checked(changes: Mapping[str, Any]) -> dict[str, Any]:
    for name in changes:
        if name not in CHANGEABLE:
            raise InvalidRequest("this setting is not changed while the relay runs", field=name[:64])
    return {name: _valid(name, value) for name, value in changes.items()}


def _valid(name: str, value: Any) -> Any:
    field = Settings.model_fields[name]
    checked: Any = Annotated[(field.annotation, field, *field.metadata)]
    try:
        # An integer is a number as well; nothing else is taken for what it is not.
        return TypeAdapter(checked).validate_python(value, strict=not isinstance(value, int))
    except ValidationError as error:
        raise InvalidRequest(refusal_of(error).message, field=name) from None


def _shown(name: str, value: Any) -> Any:
    if isinstance(value, SecretStr):
        return HIDDEN
    if name == "store":
        return masked(value)
    return value if isinstance(value, str | int | float | list | None) else str(value)
