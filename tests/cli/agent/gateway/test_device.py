"""The sidecar's device: kept for its owner's eyes, and one gateway's token is not another one's."""

import hashlib
from pathlib import Path

import pytest

from cli.agent.gateway.device import Device, decoded, signed_text
from cli.agent.gateway.ed25519 import is_signed
from protocol.errors import InvalidRequest

URL = "ws://127.0.0.1:1"
CHALLENGE = {"nonce": "n", "ts": 17}


def test_a_device_stays_who_it_is(tmp_path: Path) -> None:
    path = tmp_path / "device.json"

    names = {str(Device(path, URL).proof(CHALLENGE, "t")["id"]) for _ in range(2)}

    assert len(names) == 1
    assert path.stat().st_mode & 0o077 == 0


def test_its_proof_is_signed_for_the_challenge_and_the_token(tmp_path: Path) -> None:
    proof = Device(tmp_path / "device.json", URL).proof(CHALLENGE, "t")

    key = decoded(str(proof["publicKey"]))
    said = signed_text(hashlib.sha256(key).hexdigest(), 17, "t", "n")
    assert is_signed(key, said.encode(), decoded(str(proof["signature"])))
    assert (proof["signedAt"], proof["nonce"], proof["id"]) == (17, "n", hashlib.sha256(key).hexdigest())
    assert "operator.admin" not in said


def test_a_token_is_for_the_gateway_that_gave_it(tmp_path: Path) -> None:
    path = tmp_path / "device.json"
    Device(path, URL).keep("token")

    assert Device(path, URL).token == "token"
    assert Device(path, "ws://127.0.0.1:2").token is None
    Device(path, URL).keep(None)
    assert Device(path, URL).token is None


@pytest.mark.parametrize("fault", ["open to others", "no JSON", "another shape"])
def test_a_file_that_is_no_good_is_refused(tmp_path: Path, fault: str) -> None:
    path = tmp_path / "device.json"
    path.write_text({"no JSON": "x", "another shape": '{"a": 1}'}.get(fault, '{"seed": "00"}'))
    path.chmod(0o644 if fault == "open to others" else 0o600)

    with pytest.raises(InvalidRequest):
        Device(path, URL)
