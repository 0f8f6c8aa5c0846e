"""Addresses of stores: what people see of them holds no secret."""

import pytest

from storage.addresses import masked


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("memory", "memory"),
        ("sqlite:data/clawnet.db", "sqlite:data/clawnet.db"),
        ("postgresql://host/db", "postgresql://host/db"),
        ("postgresql://me:secret@host:6543/db?sslmode=require", "postgresql://me:***@host:6543/db"),
        ("postgresql://me:p%40ss@host/db?password=secret", "postgresql://me:***@host/db"),
    ],
)
def test_address_is_shown_without_its_secrets(address: str, shown: str) -> None:
    assert masked(address) == shown
