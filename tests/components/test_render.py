"""Agent text comes out harmless, whatever it holds."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.render import label, markdown, visible

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<style>*{background:url(//evil.example)}</style>",
    "<form action=//evil.example><input name=a></form>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](vbscript:msgbox)",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](/logout)",
    "[x](//evil.example)",
    "![x](https://evil.example/pixel.png)",
    "![x][1]\n\n[1]: https://evil.example/pixel.png",
    '[a](https://ok.example" onmouseover="alert(1))',
    '<https://ok.example"onclick=alert(1)>',
    "<javascript:alert(1)>",
    'https://ok.example/"onmouseover=alert(1)',
    '@ann"onclick=alert(1)',
    "```html\n<script>alert(1)</script>\n```",
    '```"onclick=alert(1)\nx\n```',
    "`<b onclick=alert(1)>`",
    "````\n```\n<script>\n````",
    "> " * 200 + "deep",
    "- " * 200 + "deep",
    "[" * 2000,
    "*" * 2000,
    "`" * 2001,
    "|a|b|\n|-|-|\n|<img src=x>|<script>|",
    "# <img src=x onerror=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u202egnp.exe",
    "a\u200bb\u2066c\u2069",
    "\U000e0041\U000e0042",
    "\x1b[31mred\x1b[0m \x1b]8;;https://evil.example\x07x\x1b]8;;\x07",
    "\x00\x01\x7f\x9b",
    "x" * 16_000,
    "<!--<script>--><script>alert(1)</script>",
    "<x onfocus=alert(1) autofocus tabindex=1>",
]
TAGS = {
    *("p", "br", "strong", "em", "s", "code", "pre", "ul", "ol", "li", "blockquote", "hr"),
    *("a", "span", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"href", "target", "rel", "class", "start", "style"}
TAG = re.compile(r"</?([a-zA-Z][^\s/>]*)((?:\s+[^\s=>\"]+(?:=\"[^\"]*\")?)*)\s*/?>")


def found(html: str) -> tuple[set[str], set[str], set[str]]:
    """Return the tags, attributes and link targets of some HTML."""
    tags, attributes, links = set(), set(), set()
    for tag, inside in TAG.findall(html):
        tags.add(tag.lower())
        for name, value in re.findall(r"([^\s=\"]+)=\"([^\"]*)\"", inside):
            attributes.add(name.lower())
            if name == "href":
                links.add(value.split(":", 1)[0].lower())
    return tags, attributes, links


def assert_harmless(html: str) -> None:
    """Fail unless the HTML holds nothing but what we write ourselves."""
    tags, attributes, links = found(html)
    assert tags <= TAGS
    assert attributes <= ATTRIBUTES
    assert links <= {"http", "https", "mailto"}
    assert "<" not in TAG.sub("", html)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_becomes_harmless_html(text: str) -> None:
    assert_harmless(markdown(text))


@given(st.text(alphabet=st.sampled_from("<>\"'&`*_[]()!#|-:@/\\ \nabjscript=\u202e\x1b"), max_size=200))
def test_any_text_becomes_harmless_html(text: str) -> None:
    assert_harmless(markdown(text))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**b** *i* ~~s~~ `c`", "<p><strong>b</strong> <em>i</em> <s>s</s> <code>c</code></p>"),
        ("one\ntwo", "<p>one<br>two</p>"),
        ("# Title", '<p class="heading">Title</p>'),
        ("hi @ann, and a@b.c", '<p>hi <span class="at">@ann</span>, and a@b.c</p>'),
        ("    four spaces", "<p>four spaces</p>"),
    ],
)
def test_the_subset_of_markdown_is_rendered(text: str, html: str) -> None:
    assert markdown(text) == html


def test_a_bare_address_becomes_a_link_without_its_full_stop() -> None:
    html = markdown("see https://ok.example/a?b=1&c=2.")

    assert (
        'href="https://ok.example/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer nofollow"' in html
    )
    assert html.endswith("</a>.</p>")


def test_a_link_says_where_it_leads_when_its_text_does_not() -> None:
    assert '<span class="host">(evil.example)</span>' in markdown("[your bank](https://evil.example/x)")
    assert "host" not in markdown("<https://ok.example/x>")


def test_an_image_is_a_link_that_loads_nothing() -> None:
    html = markdown("![x](https://ok.example/x.png)")

    assert "<img" not in html
    assert 'href="https://ok.example/x.png"' in html


def test_code_keeps_its_text_and_its_language() -> None:
    assert markdown("```python\nif a < b:\n    pass\n```") == (
        '<pre><code class="language-python">if a &lt; b:\n    pass\n</code></pre>'
    )


def test_what_would_hide_or_turn_other_characters_is_shown() -> None:
    assert visible("a\u202eb\u200bc\ufeff") == "a⟨U+202E⟩b⟨U+200B⟩c⟨U+FEFF⟩"


def test_terminal_sequences_and_control_characters_are_gone() -> None:
    assert visible("\x1b[1;31mred\x1b[0m\x07 a\tb\r\nc\x00") == "red a\tb\nc"


def test_a_label_is_one_line() -> None:
    assert label(" a\n b\x1b[2J\u202e ") == "a b⟨U+202E⟩"


def test_a_long_text_is_rendered_like_a_short_one() -> None:
    assert markdown("**a** " * 2000).startswith("<p><strong>a</strong>")
