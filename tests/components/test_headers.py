"""Where a request comes from, and what a browser may do with the answer."""

import pytest

from components.headers import console_headers, is_same_site, new_nonce, static_headers

ALLOWED = frozenset({"https://console.test"})
HOST = {"host": "relay.test:3000"}


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://relay.test:3000"},
        {"origin": "https://relay.test:3000"},
        {"origin": "https://console.test"},
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {},
    ],
)
def test_our_own_pages_and_allowed_ones_are_let_in(headers: dict[str, str]) -> None:
    assert is_same_site({**HOST, **headers}, ALLOWED)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://relay.test"},
        {"origin": "http://relay.test:3000.evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "file://relay.test:3000"},
        {"origin": "https://evil.example", "sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_other_sites_are_kept_out(headers: dict[str, str]) -> None:
    assert not is_same_site({**HOST, **headers}, ALLOWED)


def test_a_socket_that_does_not_say_where_it_is_from_is_kept_out() -> None:
    assert not is_same_site(HOST, ALLOWED, strict=True)


def test_only_scripts_with_the_nonce_run() -> None:
    policy = console_headers("word", secure=False)["Content-Security-Policy"]

    assert "script-src 'self' 'nonce-word' 'unsafe-eval';" in policy
    assert "script-src 'self' 'unsafe-inline'" not in policy


@pytest.mark.parametrize("rule", ["object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"])
def test_every_page_refuses_what_no_page_needs(rule: str) -> None:
    assert rule in static_headers(secure=False)["Content-Security-Policy"]
    assert rule in console_headers("word", secure=False)["Content-Security-Policy"]


def test_the_login_page_needs_no_inline_script_and_no_eval() -> None:
    assert "unsafe" not in static_headers(secure=False)["Content-Security-Policy"]


def test_only_tls_promises_tls() -> None:
    assert "Strict-Transport-Security" in static_headers(secure=True)
    assert "Strict-Transport-Security" not in static_headers(secure=False)


def test_a_nonce_is_never_used_twice() -> None:
    assert len({new_nonce() for _ in range(100)}) == 100
