"""Which relay a command talks to and with whose token; a token never comes from the command line."""

import ipaddress
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cli import profiles
from protocol.errors import InvalidRequest, Unauthenticated

DEFAULT_URL = "http://127.0.0.1:3000"
MAX_TOKEN = 512


@dataclass(frozen=True, slots=True)
class Given:
    """What the caller said with options; None where nothing was said."""

    url: str | None = None
    profile: str | None = None
    token_file: str | None = None
    as_json: bool | None = None

    def over(self, other: "Given") -> "Given":
        """Return this with its blanks filled in from `other`."""
        return Given(
            url=self.url if self.url is not None else other.url,
            profile=self.profile if self.profile is not None else other.profile,
            token_file=self.token_file if self.token_file is not None else other.token_file,
            as_json=self.as_json if self.as_json is not None else other.as_json,
        )


@dataclass(frozen=True, slots=True)
class Access:
    """A relay and a token that opens it."""

    url: str
    token: str

    @property
    def is_exposed(self) -> bool:
        """Tell whether the token would travel readable for others."""
        parts = urlsplit(self.url)
        return parts.scheme == "http" and not is_here(parts.hostname or "")


def access_of(given: Given) -> Access:
    """Find relay and token: options before the environment before the profile.

    Raises:
        Unauthenticated: there is no token for this relay.
        InvalidRequest: the URL, the profile or the token file is no good.
    """
    profile = profiles.load(profile_name(given))
    url = url_of(given, profile)
    token = told_token(given)
    # A profile's token is for the profile's relay; another one that is only named must not get it.
    if token is None and profile is not None and profile.url == url:
        token = profile.token
    if token is None and profile is None and given.profile:
        raise Unauthenticated(f"there is no profile {given.profile}; `login` makes it", field="profile")
    if token is None:
        raise Unauthenticated(f"no token for {url}; log in, or set CLAWNET_TOKEN")
    return Access(url, token)


def profile_name(given: Given) -> str:
    """Return which profile is meant."""
    return given.profile or os.environ.get("CLAWNET_PROFILE") or profiles.DEFAULT


def url_of(given: Given, profile: profiles.Profile | None) -> str:
    """Return the relay's URL without a slash at its end.

    Raises:
        InvalidRequest: it is no http(s) URL, or holds a password.
    """
    known = profile.url if profile else DEFAULT_URL
    url = (given.url or os.environ.get("CLAWNET_URL") or known).rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        raise InvalidRequest("a relay's URL is like http://host:3000", field="url")
    return url


def told_token(given: Given) -> str | None:
    """Return the token of `--token-file` (`-` is standard input) or of CLAWNET_TOKEN.

    Raises:
        InvalidRequest: the file can't be read, or what is in it is no token.
    """
    if given.token_file is None:
        token = os.environ.get("CLAWNET_TOKEN", "").strip()
        return checked(token) if token else None
    try:
        is_stdin = given.token_file == "-"  # noqa: S105 - a file's name
        text = sys.stdin.readline() if is_stdin else Path(given.token_file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise InvalidRequest("the token file can't be read", field="token_file") from None
    return checked(text.strip())


def checked(token: str) -> str:
    """Return a token that can stand in a header.

    Raises:
        InvalidRequest: it can't be a token.
    """
    if not token or len(token) > MAX_TOKEN or not token.isascii() or not token.isprintable():
        raise InvalidRequest("this is no token", field="token")
    return token


def is_here(host: str) -> bool:
    """Tell whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
