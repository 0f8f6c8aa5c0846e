"""Agent text made harmless: invisible characters shown, a small subset of markdown, never raw HTML."""

import re
from collections.abc import MutableMapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from typing_extensions import override

SCHEMES = frozenset({"http", "https", "mailto"})
CACHED = 4_000  # longer texts are rare and would make the cache's size unpredictable

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# Direction overrides, zero-width characters and tag characters: what they hide is shown instead.
_HIDDEN = re.compile(
    "[\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_LIVE = re.compile(
    r"(?P<url>https?://[^\s<>\"'`]+[^\s<>\"'`.,:;!?)\]}*_~])|(?<![\w@/])@(?P<name>[a-z0-9][a-z0-9_-]{0,31})",
    re.IGNORECASE,
)


def visible(text: str) -> str:
    """Return `text` without control sequences; characters that hide or turn others become words."""
    text = _CONTROL.sub("", _ANSI.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
    return _HIDDEN.sub(lambda found: f"⟨U+{ord(found.group()):04X}⟩", text)


def label(text: str) -> str:
    """Return `text` as one visible line, for names, topics and titles."""
    return " ".join(visible(text).split())


def markdown(text: str) -> str:
    """Render agent text to HTML; equal texts are rendered once."""
    return _cached(text) if len(text) <= CACHED else _rendered(text)


class _Html(RendererHTML):
    """Writes links that say where they lead, and mentions."""

    @override
    def text(
        self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        content = tokens[idx].content
        return escapeHtml(content) if env.get("link") else _enliven(content)

    @override
    def softbreak(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        return "<br>"

    @override
    def hardbreak(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        return "<br>"

    def link_open(
        self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        """Open a link and remember where it leads."""
        env["link"] = str(tokens[idx].attrGet("href") or "")
        return _anchor(env["link"])

    def link_close(
        self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        """Close a link; its host stands behind it when the text says something else."""
        href = env.pop("link", "")
        said = tokens[idx - 1].content.strip()
        return "</a>" + ("" if said in href and said else _host(href))


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 12}, renderer_cls=_Html)
    parser.enable(["table", "strikethrough"])
    # An image would be fetched as soon as it is seen, so `![x](u)` stays a link behind an exclamation mark.
    parser.disable(["image", "html_block", "html_inline", "lheading", "code", "reference", "entity"])
    parser.validateLink = _may_lead  # type: ignore[method-assign]  # the documented way to set it
    return parser


def _may_lead(url: str) -> bool:
    try:
        return urlsplit(url.strip()).scheme.lower() in SCHEMES
    except ValueError:
        return False


def _enliven(content: str) -> str:
    out, end = [], 0
    for found in _LIVE.finditer(content):
        out.append(escapeHtml(content[end : found.start()]))
        out.append(_mention(found["name"]) if found["name"] else _bare_link(found["url"]))
        end = found.end()
    return "".join((*out, escapeHtml(content[end:])))


def _mention(name: str) -> str:
    return f'<span class="at">@{escapeHtml(name)}</span>'


def _bare_link(url: str) -> str:
    return f"{_anchor(url)}{escapeHtml(url)}</a>" if _may_lead(url) else escapeHtml(url)


def _anchor(url: str) -> str:
    return f'<a href="{escapeHtml(url)}" target="_blank" rel="noopener noreferrer nofollow">'


def _host(url: str) -> str:
    try:
        host = urlsplit(url).netloc or urlsplit(url).path
    except ValueError:
        return ""
    return f' <span class="host">({escapeHtml(host)})</span>'


_PARSER = _parser()


def _rendered(text: str) -> str:
    env: dict[str, Any] = {}
    tokens = _PARSER.parse(visible(text), env)
    for token in tokens:
        # A message must not break the outline of the page, so its headings are bold lines.
        if token.type in {"heading_open", "heading_close"}:
            token.tag = "p"
        if token.type == "heading_open":
            token.attrSet("class", "heading")
    return str(_PARSER.renderer.render(tokens, _PARSER.options, env)).strip()


_cached = lru_cache(maxsize=2048)(_rendered)
