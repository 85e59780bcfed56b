"""The Reading page: coloured tokens, their guesses, and the figure of the same text."""

import re
import tomllib

import pytest

from devdash.figures import coloured_text, style, token_marks
from devdash.figures.fitting.words import lay_out
from devdash.figures.language import position_loss
from devdash.store import queries
from devdash.ui import coloured_tokens
from tests.app.made_language import CONTEXT, KINDS, MAIN, RUN, STEPS, TWIN
from tests.app.pages import charts, open_page, seen_page, texts
from tests.app.test_figures import luminance
from tests.conftest import ROOT


def html_of(test) -> str:
    """The text as the page shows it."""
    return next(part.proto.body for part in test.get("html") if 'class="reading"' in part.proto.body)


@pytest.mark.parametrize("colour", ["loss", "change"])
@pytest.mark.parametrize("text", range(len(KINDS)))
def test_every_text_is_shown_in_both_colourings(made, text, colour):
    test = seen_page("reading", text=str(text), colour=colour)
    assert test.selectbox(key="text").value == text and test.selectbox(key="model").value == MAIN
    assert charts(test) == 2 and not test.error and not test.info
    assert html_of(test).count('class="token"') == CONTEXT + 1
    assert f"“{KINDS[text]}”" in texts(test)


def test_address_restores_the_view(made):
    test = open_page("reading", model=TWIN, before="1", step=str(STEPS[9]), colour="change")
    assert f"step {STEPS[9]:,}: loss" in html_of(test) and "step 1: loss" in html_of(test)


def test_tokens_and_guesses_are_escaped(db):
    rows = queries.text_losses(db, RUN)
    page = coloured_tokens.page(rows, "loss")
    assert "<script" not in page and "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    figure = coloured_text.draw(rows)
    assert all("<script" not in text for text in (*figure.data[0].text, *figure.data[0].hovertext))


def test_guesses_of_both_steps_are_told_and_can_be_reached_by_keyboard(db):
    rows = queries.text_losses(db, RUN, MAIN, 0, STEPS[-1], STEPS[10])
    page = coloured_tokens.page(rows, "change")
    assert page.count('tabindex="0"') == len(rows)
    details = re.findall(r'class="details">(.*?)</span>', page, re.S)
    assert details[0].endswith("given, not predicted"), "[BOS]"
    for step in (STEPS[10], STEPS[-1]):
        assert all(f"step {step:,}: loss" in one for one in details[1:])
    assert all(one.count("%") == 6 for one in details[1:])


def test_change_is_loss_before_minus_loss_after(db):
    steps = (STEPS[-1], STEPS[5])
    after, before = (queries.text_losses(db, RUN, text=1, step=step)["loss_nats"] for step in steps)
    rows = queries.text_losses(db, RUN, text=1, step=STEPS[-1], before=STEPS[5])
    assert (rows["change"] - (before - after)).abs().max() < 1e-12


@pytest.mark.parametrize(
    ("token", "visible"), [("  ", "␣␣"), ("\n", "↵"), ("\n    ", "↵␣␣␣␣"), ("\t", "⇥"), (" cat", " cat")]
)
def test_whitespace_is_visible(token, visible):
    assert token_marks.visible(token) == visible


def test_lines_of_the_figure_end_where_the_text_s_do():
    tokens = ["a", "b\n", "c", "d" * 80, "e"]
    places = lay_out([token_marks.visible(token) for token in tokens], 72)
    assert places == [(0, 0), (1, 0), (0, 1), (0, 2), (0, 3)]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("value", "kind"), [(99, "loss"), (99, "change"), (-99, "change")])
def test_text_is_legible_on_the_strongest_colours(theme, value, kind):
    """Contrast of 4.5 : 1, as WCAG asks."""
    ground = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"][theme][
        "backgroundColor"
    ]
    *rgb, opacity = (float(part) for part in token_marks.colour(value, kind)[5:-1].split(","))
    beneath = [int(ground[i : i + 2], 16) for i in (1, 3, 5)]
    mixed = [round(opacity * c + (1 - opacity) * g) for c, g in zip(rgb, beneath, strict=True)]
    dark, light = sorted(
        (luminance("#{:02x}{:02x}{:02x}".format(*mixed)), luminance(style.SURFACES[theme]["text"]))
    )
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_loss_by_position_marks_the_two_steps(db):
    figure = position_loss.draw(queries.position_losses(db, RUN, MAIN, "code", 8000, STEPS[20]))
    notes = {note.text: note.font.color for note in figure.layout.annotations}
    assert notes == {"step 8,000": style.VERMILION, f"step {STEPS[20]:,}": style.BLUE}
    grey = [trace for trace in figure.data if trace.mode == "lines"]
    assert 4 <= len(grey) <= 8
