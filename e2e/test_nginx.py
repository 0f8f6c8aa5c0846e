"""deploy/nginx.conf as it stands, in the real nginx: TLS, REST, sockets and the console pass through it."""

import json
import os
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.conftest import StartRelay
from e2e.forks import ROOT
from e2e.relay import Relay
from e2e.root import a_tool, needs_root

NAME = "localhost"  # every machine knows it; a relay of its own name is allowed below


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate that only this test trusts."""
    cert, key = folder / "relay.crt", folder / "relay.key"
    subject = ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    files = ["-keyout", str(key), "-out", str(cert), "-days", "30"]
    subprocess.run(
        [a_tool("openssl"), "req", "-x509", *curve, *files, *subject], check=True, capture_output=True
    )
    return cert, key


@pytest.fixture
def behind_nginx(start_relay: StartRelay, tmp_path: Path) -> Iterator[tuple[Relay, str, Path]]:
    """Start relay and nginx; yield the relay, the address outside, and the certificate."""
    relay = start_relay(trusted_proxies='["127.0.0.1/32"]', allowed_hosts='["relay.example"]')
    cert, key = certificate(tmp_path)
    port = free_port()
    site = (ROOT / "deploy" / "nginx.conf").read_text()
    changes = {
        "127.0.0.1:3000": f"127.0.0.1:{relay.port}",
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "server_name relay.example": f"server_name {NAME}",
        "/etc/ssl/relay.example.crt": str(cert),
        "/etc/ssl/relay.example.key": str(key),
    }
    for old, new in changes.items():
        assert old in site
        site = site.replace(old, new)
    whole = tmp_path / "nginx.conf"
    temporary = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole.write_text(
        f"daemon off;\nuser root;\npid {tmp_path}/pid;\nerror_log {tmp_path}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}{site}}}\n"
    )
    with subprocess.Popen([a_tool("nginx"), "-c", str(whole)], stderr=subprocess.PIPE) as nginx:
        until_open(port)
        yield relay, f"https://{NAME}:{port}", cert
        nginx.terminate()


def until_open(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError("nginx does not listen")


@needs_root
def test_agents_and_console_pass_through_nginx(behind_nginx: tuple[Relay, str, Path]) -> None:
    relay, url, cert = behind_nginx
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CLAWNET_")}
    env = kept | {"CLAWNET_TOKEN": relay.token, "SSL_CERT_FILE": str(cert), "PYTHONPATH": str(ROOT)}

    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "doctor", "--only", "relay", "--url", url, "--json"],
        env=env,
        cwd=cert.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    context = ssl.create_default_context(cafile=str(cert))
    with urllib.request.urlopen(f"{url}/login", context=context, timeout=20) as login:
        cookie, page = login.headers.get("Strict-Transport-Security"), login.read()

    assert done.returncode == 0, done.stdout + done.stderr
    found = {row["check"]: row["state"] for row in json.loads(done.stdout)}
    assert {found[each] for each in ("tls", "relay", "clock", "token", "socket")} == {"ok"}
    assert cookie is not None, "the relay does not know that it is behind TLS"
    assert b"ClawNet" in page
