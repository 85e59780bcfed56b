"""Tokens coloured by what the ablation of a head does to them; the one under the mouse or in focus tells
its effect and tags in the box above."""

from html import escape

import streamlit as st

from devdash.figures import token_marks
from devdash.figures.heads import effect_marks
from devdash.ui import coloured_tokens

HINT = "Point at a token, or press Tab, to read how much its loss rises without the head, and its tags."


def show(rows) -> None:
    """rows: tokens of a text in order, with the rise in loss and tags."""
    st.html(coloured_tokens.STYLE + page(rows))


def page(rows) -> str:
    """The text as HTML; every token of it is escaped."""
    words = [
        coloured_tokens.token(row["token"], effect_marks.colour(row["effect_nats"]), _details(row))
        for row in rows.to_dict("records")
    ]
    return coloured_tokens.text(words, effect_marks.SCALE, effect_marks.colour, HINT)


def _details(row: dict) -> str:
    word = escape(token_marks.visible(row["token"]))
    details = f"<b>{word}</b> at position {row['position']}\n{escape(effect_marks.words(row))}"
    if isinstance(row["pattern"], str):
        details += f"\nkind of token: {escape(row['pattern'])}"
    return details
