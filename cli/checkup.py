"""Looks at this machine: would a relay start here, and would it keep what it is told?"""

import os
import shutil
import socket
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from cli.access import is_here
from cli.findings import Finding, State

OLDEST_PYTHON = (3, 11)
LITTLE = 1024**3  # bytes of disk that a relay should not have to live with
WAIT = 3.0  # seconds for a database to take a connection


def python() -> Finding:
    """Check the interpreter."""
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST_PYTHON:
        return Finding("python", State.FAULT, found, "install Python 3.11 or newer")
    return Finding("python", State.GOOD, found)


def port(host: str, number: int) -> Finding:
    """Check whether the relay could listen, or listens already."""
    place = f"{host}:{number}"
    try:
        family = socket.getaddrinfo(host, number, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, number))
    except PermissionError:
        return Finding("port", State.FAULT, f"{place} needs root", "take a port above 1023, and a proxy")
    except OSError as error:
        advice = "a relay that runs already, or another program: set CLAWNET_PORT, or stop it"
        return Finding("port", State.DOUBT, f"{place}: {error.strerror or error}", advice)
    return Finding("port", State.GOOD, f"{place} is free")


def folder(path: Path) -> Finding:
    """Check the data folder and the disk below it."""
    there = _nearest(path)
    if not os.access(there, os.W_OK):
        return Finding(
            "data folder", State.FAULT, f"{there} can't be written", "chown it, or set CLAWNET_DATA_DIR"
        )
    if path.exists() and path.stat().st_mode & 0o077:
        return Finding("data folder", State.DOUBT, f"others can read {path}", f"chmod 700 {path}")
    free = shutil.disk_usage(there).free
    if free < LITTLE:
        return Finding(
            "data folder", State.DOUBT, f"{free // 1024**2} MiB are free", "make room on this disk"
        )
    return Finding("data folder", State.GOOD, f"{path}, {free // 1024**3} GiB free")


def store(address: str) -> Finding:
    """Check the store without changing it."""
    scheme, _, rest = address.partition(":")
    match scheme:
        case "memory":
            advice = "set CLAWNET_STORE to keep messages across a restart"
            return Finding("store", State.DOUBT, "memory: nothing outlives the process", advice)
        case "sqlite" | "json" if rest:
            return _file(scheme, Path(rest).expanduser())
        case "postgresql" | "postgres":
            return _database(address)
        case _:
            advice = "memory, json:PATH, sqlite:PATH or postgresql://…"
            return Finding("store", State.FAULT, f"{scheme or 'nothing'} is no store", advice)


def exposure(host: str, allowed_hosts: list[str], *, has_shared: bool) -> Iterator[Finding]:
    """Check who can reach the relay, and with what."""
    if not is_here(host) and not allowed_hosts:
        advice = "set CLAWNET_ALLOWED_HOSTS to the names under which it is reached"
        yield Finding("exposure", State.DOUBT, f"it listens on {host} and answers to localhost alone", advice)
    if has_shared:
        advice = "give each agent a token of its own, then unset CLAWNET_SECRET_KEY"
        yield Finding("exposure", State.DOUBT, "v1 clients share one secret", advice)


def _file(scheme: str, path: Path) -> Finding:
    there = _nearest(path)
    if not os.access(there, os.W_OK):
        return Finding("store", State.FAULT, f"{there} can't be written", "chown it, or set CLAWNET_STORE")
    if not path.exists():
        return Finding("store", State.GOOD, f"{scheme}:{path} will be made")
    if scheme == "sqlite":
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=WAIT)) as database:
                database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except sqlite3.Error as error:
            return Finding(
                "store", State.FAULT, f"{path}: {error}", "restore a backup: docs/operator-guide.md"
            )
    return Finding("store", State.GOOD, f"{scheme}:{path}")


def _database(address: str) -> Finding:
    try:
        parts = urlsplit(address)
        host, number = parts.hostname or "localhost", parts.port or 5432
    except ValueError:
        return Finding("store", State.FAULT, "the address can't be read", "postgresql://user@host:5432/name")
    try:
        socket.create_connection((host, number), WAIT).close()
    except OSError as error:
        found = f"no database at {host}:{number}: {error.strerror or error}"
        return Finding("store", State.FAULT, found, "start it, or correct CLAWNET_STORE")
    return Finding("store", State.GOOD, f"{host}:{number} takes connections")


def _nearest(path: Path) -> Path:
    """Return the path, or the nearest folder above it that is there."""
    path = path.absolute()
    return next(each for each in (path, *path.parents) if each.exists())
