"""Addresses of stores: what people see of them holds no secret, and a path means the same everywhere."""

from pathlib import Path

import pytest

from storage.addresses import absolute, masked


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


@pytest.mark.parametrize("scheme", ["json", "sqlite"])
def test_path_is_made_absolute_and_followed(
    scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "far" / "store")

    assert absolute(f"{scheme}:data/store") == f"{scheme}:{tmp_path}/data/store"
    assert absolute(f"{scheme}:link") == f"{scheme}:{tmp_path}/far/store"


@pytest.mark.parametrize("address", ["memory", "postgresql://me:p%40ss@host/db?sslmode=require", "", "what?"])
def test_address_without_a_path_stays_as_it_is(address: str) -> None:
    assert absolute(address) == address
