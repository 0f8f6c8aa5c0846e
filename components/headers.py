"""Headers that keep a browser from doing what nobody asked for, and where a request comes from."""

import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

_COMMON = {
    "X-Content-Type-Options": "nosniff",
    # Not `no-referrer`: with it browsers send `Origin: null` from our own forms.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
_POLICY = (
    "default-src 'self'; script-src 'self'{scripts}; style-src 'self'{styles}; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
_TLS = {"Strict-Transport-Security": "max-age=31536000"}


def new_nonce() -> str:
    """Return a word that only this response's own scripts know."""
    return secrets.token_urlsafe(18)


def static_headers(*, secure: bool) -> dict[str, str]:
    """Return the headers of pages that need no inline script and no eval."""
    policy = _POLICY.format(scripts="", styles="")
    return {"Content-Security-Policy": policy, **_COMMON, **(_TLS if secure else {})}


def console_headers(nonce: str, *, secure: bool) -> dict[str, str]:
    """Return the headers of NiceGUI's pages: Vue compiles templates, so eval stays; inline needs `nonce`."""
    policy = _POLICY.format(scripts=f" 'nonce-{nonce}' 'unsafe-eval'", styles=" 'unsafe-inline'")
    return {"Content-Security-Policy": policy, **_COMMON, **(_TLS if secure else {})}


def is_same_site(headers: Mapping[str, str], allowed: frozenset[str], *, strict: bool = False) -> bool:
    """Tell whether a request comes from our own pages.

    A browser says so in `Origin` or `Sec-Fetch-Site`; who sends neither is no browser: `strict` refuses it.
    """
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin is not None:
        own = urlsplit(origin).netloc == headers.get("host") and origin.startswith(("http://", "https://"))
        return own or origin in allowed
    if site is not None:
        return site in {"same-origin", "none"}
    return not strict
