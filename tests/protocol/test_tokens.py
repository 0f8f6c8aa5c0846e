"""Behaviour of protocol.tokens: what a list of tokens may show."""

from protocol.tokens import TokenInfo, TokenState

INFO = TokenInfo(id="k1", agent_id="bob", state=TokenState.VALID, created_at="2026-01-02T03:04:05.678Z")


def test_token_is_valid_expired_or_revoked() -> None:
    assert list(TokenState) == ["valid", "expired", "revoked"]


def test_list_shows_no_secret() -> None:
    words = {"secret", "token", "hash", "digest"}

    assert [field for field in TokenInfo.model_fields if words & set(field.split("_"))] == []


def test_token_info_survives_the_wire() -> None:
    assert TokenInfo.model_validate_json(INFO.model_dump_json()) == INFO
