"""The sidecar's own device: the key that a gateway knows it by, and the token that it got for it."""

import base64
import hashlib
import json
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from cli.agent.gateway import ed25519
from protocol.errors import InvalidRequest

CLIENT_ID = "gateway-client"  # gateways know a fixed list of clients; their own back ends get no device token
MODE = "cli"
PLATFORM = "python"
ROLE = "operator"
SCOPES = ("operator.read", "operator.write")


@dataclass(frozen=True, slots=True)
class _Kept:
    seed: str
    token: str | None = None
    url: str | None = None


class Device:
    """Kept in one file for its owner's eyes only; the token is for the gateway that gave it."""

    def __init__(self, path: Path, url: str) -> None:
        """Read the device, and make one if there is none.

        Raises:
            InvalidRequest: the file can't be used, or others can read it.
        """
        self._path = path
        self._url = url
        self._kept = self._loaded() or _Kept(seed=secrets.token_hex(32))
        self._save()

    @property
    def token(self) -> str | None:
        """Return the token that the gateway gave this device."""
        return self._kept.token if self._kept.url == self._url else None

    def keep(self, token: str | None) -> None:
        """Remember the gateway's token, or that there is none any more."""
        if token != self.token:
            self._kept = _Kept(self._kept.seed, token, self._url)
            self._save()

    def proof(self, challenge: Mapping[str, object], token: str) -> dict[str, object]:
        """Answer a gateway's challenge: who we are, signed with the token that goes along."""
        seed = bytes.fromhex(self._kept.seed)
        key = ed25519.public_key(seed)
        name, at, nonce = hashlib.sha256(key).hexdigest(), challenge["ts"], str(challenge["nonce"])
        said = signed_text(name, at, token, nonce)
        return {
            "id": name,
            "publicKey": encoded(key),
            "signature": encoded(ed25519.sign(seed, said.encode())),
            "signedAt": at,
            "nonce": nonce,
        }

    def _loaded(self) -> _Kept | None:
        try:
            mode = stat.S_IMODE(self._path.stat().st_mode)
            if os.name == "posix" and mode & 0o077:
                raise InvalidRequest(f"others can read {self._path.name}; chmod 600 it", field="data_dir")
            return _Kept(**json.loads(self._path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError):
            raise InvalidRequest(f"{self._path.name} can't be read", field="data_dir") from None

    def _save(self) -> None:
        draft = self._path.with_name(f".{self._path.name}.{secrets.token_hex(4)}")
        try:
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(asdict(self._kept), file)
            draft.replace(self._path)
        except OSError as error:
            raise InvalidRequest(f"{self._path.name} can't be written: {error}", field="data_dir") from None


def signed_text(device: str, at: object, token: str, nonce: str) -> str:
    """Return what a device signs to connect (the third form of the protocol's)."""
    return "|".join(
        ("v3", device, CLIENT_ID, MODE, ROLE, ",".join(SCOPES), str(at), token, nonce, PLATFORM, "")
    )


def encoded(data: bytes) -> str:
    """Encode bytes as the protocol does: URL-safe, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Decode what `encoded` made."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
