"""The colours can be read, and what a cookie says is one of our words or nothing."""

import pytest

from components import theme
from components.theme import CONTRAST, DARK, EDGE_PAIRS, LIGHT, TEXT_PAIRS, Palette, Theme

PALETTES = {"dark": DARK, "light": LIGHT, "contrast": CONTRAST}


@pytest.mark.parametrize("name", PALETTES)
def test_text_has_a_contrast_of_four_and_a_half(name: str) -> None:
    palette: Palette = PALETTES[name]
    ratios = {(ink, ground): theme.contrast(palette[ink], palette[ground]) for ink, ground in TEXT_PAIRS}

    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("name", PALETTES)
def test_edges_of_controls_have_a_contrast_of_three(name: str) -> None:
    palette: Palette = PALETTES[name]
    ratios = {(edge, ground): theme.contrast(palette[edge], palette[ground]) for edge, ground in EDGE_PAIRS}

    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 3} == {}


def test_black_on_white_has_the_contrast_that_wcag_names() -> None:
    assert theme.contrast("#000000", "#FFFFFF") == pytest.approx(21)


def test_all_palettes_name_the_same_colours() -> None:
    assert set(DARK) == set(LIGHT) == set(CONTRAST)


def test_a_chosen_theme_and_density_become_css() -> None:
    css = theme.chosen("light", "compact")

    assert f"--bg:{LIGHT['bg']};" in css
    assert "--row:24px;" in css


@pytest.mark.parametrize("word", [None, "", "system", "red;}</style><script>", "default;"])
def test_a_word_that_is_not_ours_becomes_no_css(word: str | None) -> None:
    assert theme.chosen(word, word) == ""


def test_every_theme_can_be_chosen_on_the_root() -> None:
    css = theme.tokens_css()

    assert all(f'[data-theme="{name}"]' in css for name in Theme if name is not Theme.SYSTEM)
