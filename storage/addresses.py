"""Addresses of stores: as people may see them, and as they mean the same everywhere."""

from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from protocol.errors import InvalidRequest

FILES = frozenset({"json", "sqlite"})  # the schemes with a path behind them


def masked(address: str) -> str:
    """Return a store's address without its password and its query."""
    if "://" not in address:
        return address
    parts = urlsplit(address)
    host = parts.hostname or ""
    place = f"{host}:{parts.port}" if parts.port else host
    user = f"{parts.username}:***@" if parts.username else ""
    return urlunsplit((parts.scheme, user + place, parts.path, "", ""))


def absolute(address: str) -> str:
    """Return a store's address that means the same in every working folder.

    Raises:
        InvalidRequest: a path belongs there, and there is none.
    """
    scheme, _, rest = address.partition(":")
    if scheme not in FILES:
        return address
    try:
        # A file that is written anew must take the place of what a link points to, not of the link.
        path = Path(rest).expanduser().resolve() if rest else None
    except (OSError, RuntimeError, ValueError):
        path = None
    if path is None:
        raise InvalidRequest(
            f"a path belongs behind `{scheme}:`, as in `{scheme}:data/clawnet`", field="store"
        )
    return f"{scheme}:{path}"
