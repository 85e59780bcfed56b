"""Tokens in context as a concordance: each token in bold, what stands before and after it at its sides."""

from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from devdash.figures import style, token_marks

STYLE = """<style>
.contexts { display: grid; grid-template-columns: 2fr 3fr; row-gap: 2px; font-size: 0.85rem; line-height: 1.6;
  font-family: "Source Code Pro", "DejaVu Sans Mono", Menlo, Consolas, monospace; }
.contexts span { white-space: pre; overflow: hidden; }
.contexts .before { display: flex; justify-content: flex-end; }
.contexts b { padding: 0.1em 0; border-radius: 2px; }
</style>"""


def show(rows, places: Sequence[tuple[int, int]], colours: Mapping[tuple[int, int], str]) -> None:
    """rows: tokens around the places (text, place, position, token); colours: of the places."""
    st.html(STYLE + page(rows, places, colours))


def page(rows, places: Sequence[tuple[int, int]], colours: Mapping[tuple[int, int], str]) -> str:
    """One line for each place, in the order given, as HTML; every token is escaped."""
    by_place = dict(list(rows.groupby(["text", "place"])))
    lines = [_line(by_place[place], place[1], colours[place]) for place in places if place in by_place]
    return f'<div class="contexts">{"".join(lines)}</div>'


def _line(rows, place: int, colour: str) -> str:
    parts = (rows["position"] < place, rows["position"] == place, rows["position"] > place)
    before, token, after = (_words(rows.loc[part, "token"]) for part in parts)
    shade = style.faint(colour, 0.3)
    return (
        f'<span class="before"><span>{before}</span></span>'
        f'<span><b style="background:{shade}">{token}</b>{after}</span>'
    )


def _words(tokens) -> str:
    return "".join(escape(token_marks.visible(token)) for token in tokens)
