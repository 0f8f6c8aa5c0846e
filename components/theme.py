"""The look as data: colours, sizes and densities, written out as CSS variables."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType


class Theme(StrEnum):
    """What an operator can choose; `system` follows the machine."""

    SYSTEM = "system"
    DARK = "dark"
    LIGHT = "light"
    CONTRAST = "contrast"


class Density(StrEnum):
    """How close lines stand."""

    COMPACT = "compact"
    DEFAULT = "default"
    ROOMY = "roomy"


Palette = Mapping[str, str]

DARK: Palette = MappingProxyType(
    {
        "bg": "#0E1116",
        "s1": "#14181F",
        "s2": "#1B2029",
        "s3": "#232A35",
        "line": "#2B3340",
        "ctl": "#667386",
        "text": "#E6E9EF",
        "muted": "#A9B2C0",
        "subtle": "#8A94A4",
        "accent": "#6CB6FF",
        "onaccent": "#06131F",
        "ok": "#5FCF8D",
        "okbg": "#11281D",
        "warn": "#E8B04B",
        "warnbg": "#2E2410",
        "err": "#FF8B84",
        "errbg": "#33181A",
        "focus": "#8CC8FF",
        "selbg": "#16283C",
        "mentionbg": "#2A2410",
        "accentbg": "#12283F",
        "nick0": "#7CC4FF",
        "nick1": "#7FDCA4",
        "nick2": "#F0B866",
        "nick3": "#FF9D8A",
        "nick4": "#C9A7FF",
        "nick5": "#6FD9D3",
        "nick6": "#E79BD0",
        "nick7": "#C3D36B",
        "shadow": "0 8px 24px rgb(0 0 0 / 0.4)",
        "scheme": "dark",
    }
)
LIGHT: Palette = MappingProxyType(
    {
        "bg": "#FFFFFF",
        "s1": "#F7F8FA",
        "s2": "#EFF1F5",
        "s3": "#E4E8EE",
        "line": "#D9DEE6",
        "ctl": "#7A8698",
        "text": "#171B22",
        "muted": "#4A5464",
        "subtle": "#5F6A7B",
        "accent": "#0A5FB4",
        "onaccent": "#FFFFFF",
        "ok": "#0F6B3C",
        "okbg": "#E2F4EA",
        "warn": "#7A5200",
        "warnbg": "#FBF0D6",
        "err": "#B3261E",
        "errbg": "#FCE8E6",
        "focus": "#0A5FB4",
        "selbg": "#E3EFFB",
        "mentionbg": "#FFF6DC",
        "accentbg": "#E3EFFB",
        "nick0": "#0A5FB4",
        "nick1": "#0F6B3C",
        "nick2": "#7A5200",
        "nick3": "#A8371C",
        "nick4": "#6B3FB5",
        "nick5": "#0B6666",
        "nick6": "#9A2A73",
        "nick7": "#56620A",
        "shadow": "0 8px 24px rgb(0 0 0 / 0.16)",
        "scheme": "light",
    }
)
CONTRAST: Palette = MappingProxyType(
    {
        **DARK,
        "bg": "#000000",
        "s1": "#000000",
        "s2": "#0B0D10",
        "s3": "#16191F",
        "line": "#AEB8C6",
        "ctl": "#DCE2EA",
        "text": "#FFFFFF",
        "muted": "#E6EAF0",
        "subtle": "#D3D9E2",
        "accent": "#8FCBFF",
        "onaccent": "#000000",
        "ok": "#86EFAC",
        "okbg": "#04160C",
        "warn": "#FFD166",
        "warnbg": "#1A1300",
        "err": "#FFB4AE",
        "errbg": "#210708",
        "focus": "#FFE066",
        "selbg": "#12283F",
        "mentionbg": "#1F1A05",
        "shadow": "0 0 0 1px #FFFFFF",
    }
)
PALETTES: Mapping[Theme, Palette] = MappingProxyType(
    {Theme.DARK: DARK, Theme.LIGHT: LIGHT, Theme.CONTRAST: CONTRAST}
)

DENSITIES: Mapping[Density, Mapping[str, str]] = MappingProxyType(
    {
        Density.COMPACT: {"size": "13px", "leading": "18px", "row": "24px", "pad": "0px"},
        Density.DEFAULT: {"size": "14px", "leading": "20px", "row": "28px", "pad": "1px"},
        Density.ROOMY: {"size": "16px", "leading": "24px", "row": "36px", "pad": "4px"},
    }
)

# The pairs that are drawn, with what WCAG asks of them: 4.5 for text, 3 for the edges of controls.
TEXT_PAIRS = (
    *(("text", ground) for ground in ("bg", "s1", "s2", "s3", "selbg", "mentionbg")),
    *(("muted", ground) for ground in ("bg", "s1", "s2", "s3", "selbg", "mentionbg")),
    *(("subtle", ground) for ground in ("bg", "s1", "s2", "selbg", "mentionbg")),
    *(("accent", ground) for ground in ("bg", "s1", "s2", "accentbg", "selbg", "mentionbg")),
    *((f"nick{number}", ground) for number in range(8) for ground in ("bg", "mentionbg", "s3")),
    ("onaccent", "accent"),
    ("ok", "okbg"),
    ("ok", "bg"),
    ("warn", "warnbg"),
    ("warn", "bg"),
    ("err", "errbg"),
    ("err", "bg"),
    ("err", "s2"),
)
EDGE_PAIRS = tuple((edge, ground) for edge in ("ctl", "focus") for ground in ("bg", "s1", "s2"))


def chosen(theme: str | None, density: str | None) -> str:
    """Return the CSS of a choice that came in cookies; what is not one of ours counts for nothing."""
    rules = []
    if theme in set(PALETTES):
        rules.append(_rule(":root", PALETTES[Theme(theme)]))
    if density in set(DENSITIES):
        rules.append(_rule(":root", DENSITIES[Density(density)]))
    return "\n".join(rules)


@cache
def tokens_css() -> str:
    """Return every theme and density: the system's by default, a chosen one by `data-theme` on the root."""
    return "\n".join(
        (
            _rule(":root", {**DARK, **DENSITIES[Density.DEFAULT]}),
            _media("(prefers-color-scheme: light)", LIGHT),
            _media("(prefers-contrast: more)", CONTRAST),
            *(_rule(f':root[data-theme="{name}"]', palette) for name, palette in PALETTES.items()),
            *(_rule(f':root[data-density="{name}"]', sizes) for name, sizes in DENSITIES.items()),
        )
    )


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours as WCAG defines it."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _rule(selector: str, values: Mapping[str, str]) -> str:
    declarations = "".join(f"--{name}:{value};" for name, value in values.items() if name != "scheme")
    scheme = f"color-scheme:{values['scheme']};" if "scheme" in values else ""
    return f"{selector}{{{scheme}{declarations}}}"


def _media(query: str, palette: Palette) -> str:
    return f"@media {query}{{{_rule(':root', palette)}}}"


def _luminance(colour: str) -> float:
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
