"""The shape of a token: `clw_<id>_<secret>`, of which only a digest is kept (checklist S7, S8)."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from protocol.tokens import TokenInfo, TokenState
from storage.ports import TokenRecord

PREFIX = "clw"
OPERATOR_TOKEN = "operator"  # noqa: S105 - the id of a token, not a token
_NOBODY = hashlib.sha256(b"").digest()


@dataclass(frozen=True, slots=True)
class Minted:
    """A fresh token: shown once as `text`, kept as `id` and `digest`."""

    id: str
    text: str
    digest: bytes


def mint(token_id: str | None = None) -> Minted:
    """Make a token with 256 random bits of secret."""
    token_id, secret = token_id or secrets.token_hex(8), secrets.token_hex(32)
    return Minted(token_id, f"{PREFIX}_{token_id}_{secret}", digest_of(secret))


def parse(token: str) -> tuple[str, str]:
    """Split a token into id and secret; one that the operator chose freely is the operator's."""
    prefix, _, rest = token.partition("_")
    token_id, _, secret = rest.partition("_")
    if prefix == PREFIX and token_id and secret:
        return token_id, secret
    return OPERATOR_TOKEN, token


def digest_of(secret: str) -> bytes:
    """Return the SHA-256 of a secret; with 256 random bits no slow hash is needed."""
    return hashlib.sha256(secret.encode()).digest()


def matches(secret: str, digest: bytes | None) -> bool:
    """Compare in constant time; an unknown token costs the same as a wrong one."""
    return hmac.compare_digest(digest_of(secret), digest or _NOBODY) and digest is not None


def info_of(record: TokenRecord, state: TokenState) -> TokenInfo:
    """Return what may be shown of a token."""
    return TokenInfo(
        id=record.id,
        agent_id=record.agent_id,
        state=state,
        created_at=record.created_at,
        expires_at=record.expires_at,
        revoked_at=record.revoked_at,
        last_used_at=record.last_used_at,
        last_address=record.last_address,
    )
