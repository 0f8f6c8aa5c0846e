"""Addresses of stores as people may see them."""

from urllib.parse import urlsplit, urlunsplit


def masked(address: str) -> str:
    """Return a store's address without its password and its query."""
    if "://" not in address:
        return address
    parts = urlsplit(address)
    host = parts.hostname or ""
    place = f"{host}:{parts.port}" if parts.port else host
    user = f"{parts.username}:***@" if parts.username else ""
    return urlunsplit((parts.scheme, user + place, parts.path, "", ""))
