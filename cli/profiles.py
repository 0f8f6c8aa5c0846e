"""Profiles: which relay and which token, kept in a folder that only its owner can read."""

import json
import os
import re
import secrets
import stat
from dataclasses import asdict, dataclass
from pathlib import Path

from protocol.errors import InvalidRequest

DEFAULT = "default"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Profile:
    """A relay, and the token of one agent on it."""

    url: str
    token: str
    agent_id: str


def folder() -> Path:
    """Return where profiles live on this platform."""
    from platformdirs import user_config_path  # noqa: PLC0415 - not needed by every command

    return user_config_path("clawnet", appauthor=False)


def load(name: str) -> Profile | None:
    """Read a profile; None if there is none of this name.

    Raises:
        InvalidRequest: the name can't be one, or the file is unreadable or open to others.
    """
    path = _path(name)
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if os.name == "posix" and mode & 0o077:
            raise InvalidRequest(f"others can read the profile {name}; chmod 600 it, or log in again")
        return Profile(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError):
        raise InvalidRequest(f"the profile {name} can't be read; log in again") from None


def save(name: str, profile: Profile) -> Path:
    """Write a profile for its owner's eyes only, whole or not at all.

    Raises:
        InvalidRequest: the name can't be one.
    """
    path = _path(name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(profile), file)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return path


def names() -> list[str]:
    """List the profiles that there are."""
    return sorted(path.stem for path in folder().glob("*.json") if _NAME.fullmatch(path.stem))


def forget(name: str) -> bool:
    """Remove a profile; False if there was none.

    Raises:
        InvalidRequest: the name can't be one.
    """
    try:
        _path(name).unlink()
    except FileNotFoundError:
        return False
    return True


def _path(name: str) -> Path:
    if _NAME.fullmatch(name) is None:
        raise InvalidRequest("a profile's name has letters, digits, - and _", field="profile")
    return folder() / f"{name}.json"
