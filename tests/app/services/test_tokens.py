"""Tokens: what they look like, and what is kept of them."""

import hashlib

import pytest

from app.services import tokens


def test_minted_token_says_its_id_and_a_secret_of_256_bits() -> None:
    minted = tokens.mint()

    prefix, token_id, secret = minted.text.split("_")
    assert (prefix, token_id) == ("clw", minted.id)
    assert len(bytes.fromhex(secret)) == 32


def test_of_a_token_only_the_digest_is_kept() -> None:
    minted = tokens.mint()

    secret = minted.text.split("_")[2]

    assert minted.digest == hashlib.sha256(secret.encode()).digest()
    assert secret not in repr((minted.id, minted.digest))


def test_no_two_tokens_are_alike() -> None:
    minted = [tokens.mint() for _ in range(200)]

    assert len({each.id for each in minted}) == len({each.text for each in minted}) == 200


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("clw_1_2", ("1", "2")),
        ("clw_1_2_3", ("1", "2_3")),
        ("clw_1_", ("operator", "clw_1_")),
        ("clw__2", ("operator", "clw__2")),
        ("clw_1", ("operator", "clw_1")),
        ("CLW_1_2", ("operator", "CLW_1_2")),
        ("what the operator chose", ("operator", "what the operator chose")),
        ("", ("operator", "")),
    ],
)
def test_token_is_taken_apart_or_is_the_operators(text: str, parts: tuple[str, str]) -> None:
    assert tokens.parse(text) == parts


def test_only_the_secret_itself_matches() -> None:
    digest = tokens.digest_of("secret")

    assert tokens.matches("secret", digest)
    assert not tokens.matches("Secret", digest)
    assert not tokens.matches("", digest)


@pytest.mark.parametrize("secret", ["", "secret"])
def test_nothing_matches_a_token_that_is_not_known(secret: str) -> None:
    assert not tokens.matches(secret, None)
