"""Coloured words that can be read on a page: each colour is darkened, or lightened, until it stands out.

Lines and points keep their colours, so that one colour means one thing; words beside them take its shade.
"""

import functools
import re

import plotly.graph_objects as go

PAGES = {"light": "#ffffff", "dark": "#14171c", "print": "#ffffff"}
WANTED = 4.5  # contrast of words, to 1 (WCAG 2.2, level AA)
CELLS = (0.03, 0.85)  # luminance outside of which a colour is black or white, as words in cells are
IN_WORDS = re.compile(r"(?<=color:)\s*(#[0-9a-fA-F]{6}|rgba?\([^)]*\))")
STEPS = 40


def legible(figure: go.Figure, theme: str) -> go.Figure:
    """Give a figure's coloured names, notes and titles the wanted contrast to the page, in place."""
    for note in figure.layout.annotations:
        note.text = _words(note.text, theme)
        if note.font.color and not note.bgcolor:
            note.font.color = shade(note.font.color, theme)
    for axis in (*figure.select_xaxes(), *figure.select_yaxes()):
        if axis.title.text:
            axis.title.text = _words(axis.title.text, theme)
    for trace in figure.data:
        if trace.type == "scatter" and "text" in (trace.mode or ""):
            _names(trace, theme)
    return figure


def _names(trace, theme: str) -> None:
    colour = trace.textfont.color
    if isinstance(colour, str):
        trace.textfont.color = shade(colour, theme)
    elif colour is not None:
        trace.textfont.color = [shade(one, theme) for one in colour]


def _words(text: str | None, theme: str) -> str | None:
    return text and IN_WORDS.sub(lambda part: shade(part[1], theme), text)


@functools.cache
def shade(colour: str, theme: str) -> str:
    """The colour, or the nearest shade of it that stands out from the page; as it is where it is no colour.

    >>> shade("#56B4E9", "light"), shade("#56B4E9", "dark"), shade("#ffffff", "light")
    ('#3a7a9d', '#56B4E9', '#ffffff')
    """
    page = rgb(PAGES[theme])
    parts = rgb(colour, page)
    if parts is None or not CELLS[0] < _luminance(parts) < CELLS[1]:
        return colour
    towards = 0.0 if _luminance(page) > 0.5 else 1.0
    for step in range(STEPS + 1):
        mixed = [part + (towards - part) * step / STEPS for part in parts]
        if contrast(mixed, page) >= WANTED:
            return colour if step == 0 else "#" + "".join(f"{round(255 * part):02x}" for part in mixed)
    return colour


def contrast(one: list[float], other: list[float]) -> float:
    """Contrast of two colours (red, green, blue from 0 to 1), from 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(parts: list[float]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def rgb(colour: str, page: list[float] | None = None) -> list[float] | None:
    """Red, green and blue from 0 to 1, of a pale colour as it looks on the page; None where it has a name."""
    if re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    numbers = [float(number) for number in re.findall(r"[\d.]+", colour)]
    if not colour.startswith("rgb") or len(numbers) < 3:
        return None
    alpha = numbers[3] if len(numbers) > 3 and page else 1.0
    return [alpha * n / 255 + (1 - alpha) * (page or [0, 0, 0])[at] for at, n in enumerate(numbers[:3])]
