"""Coloured tokens on the page; the one under the mouse or in focus tells its guesses in the box above."""

from collections.abc import Callable
from functools import partial
from html import escape

import streamlit as st

from devdash.figures import token_marks

STYLE = """<style>
.reading { position: relative; padding-top: 8.6em; font-size: 0.9rem; }
.reading .words { white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.75;
  font-family: "Source Code Pro", "DejaVu Sans Mono", Menlo, Consolas, monospace; }
.reading .token { padding: 0.16em 0; border-radius: 2px; cursor: default; }
.reading .token:hover, .reading .token:focus { outline: 2px solid currentColor; outline-offset: 1px; }
.reading .hint, .reading .details { position: absolute; top: 2.2em; left: 0; right: 0; height: 5.9em;
  overflow: hidden; font-family: "Source Sans", sans-serif; line-height: 1.5; white-space: pre-wrap;
  box-sizing: border-box; border: 1px solid rgba(128, 136, 148, 0.5); border-radius: 4px;
  padding: 0.4em 0.8em; }
.reading .details { visibility: hidden; }
.reading .token:hover .details,
.reading:not(:has(.token:hover)) .token:focus .details { visibility: visible; }
.reading:has(.token:hover) .hint, .reading:has(.token:focus) .hint { visibility: hidden; }
.reading .scale { position: absolute; top: 0; left: 0; line-height: 1.6; }
.reading .scale span { display: inline-block; width: 1.8em; height: 1em; vertical-align: -0.12em;
  border: 1px solid rgba(128, 136, 148, 0.5); }
@media (max-width: 640px) {
  .reading { padding-top: 13.6em; }
  .reading .hint, .reading .details { height: 10.9em; }
}
</style>"""
HINT = "Point at a token, or press Tab, to read what the model expected in its place at both steps."


def show(rows, kind: str) -> None:
    """rows: tokens in order with loss, change and guesses at two steps; kind: 'loss' or 'change'."""
    st.html(STYLE + page(rows, kind))


def page(rows, kind: str) -> str:
    """The text as HTML; every token of it is escaped."""
    column = "loss_nats" if kind == "loss" else "change"
    words = [
        token(row["token"], token_marks.colour(row[column], kind), _details(row))
        for row in rows.to_dict("records")
    ]
    return text(words, token_marks.SCALES[kind], partial(token_marks.colour, kind=kind), HINT)


def text(words: list[str], scale: tuple, colour: Callable[[float], str], hint: str) -> str:
    """Tokens beneath their scale and the box that tells of one. scale: names of its ends, values between."""
    low, high, values = scale
    boxes = "".join(f'<span style="background:{colour(value)}"></span>' for value in values)
    return (
        f'<div class="reading"><div class="scale">{low} {boxes} {high}</div>'
        f'<div class="hint">{hint}</div><div class="words">{"".join(words)}</div></div>'
    )


def token(word: str, colour: str, details: str) -> str:
    """A token that tells its details, which are HTML, in the box above."""
    return (
        f'<span class="token" tabindex="0" style="background:{colour}">{escape(token_marks.visible(word))}'
        f'<span class="details">{details}</span></span>' + "\n" * word.count("\n")
    )


def _details(row: dict) -> str:
    """What the model expected here at both steps, in three lines."""
    name = f"<b>{escape(token_marks.visible(row['token']))}</b> at position {row['position']}"
    if row["loss_nats"] != row["loss_nats"]:
        return f"{name}: given, not predicted"
    change = row["change"]
    turn = (
        ""
        if change != change
        else f", {abs(change):.2f} nats {'more' if change > 0 else 'less'} likely than before"
    )
    return "\n".join(
        (
            name + turn,
            _expected(row, "earlier", row["before"], row["loss_before"]),
            _expected(row, "later", row["step"], row["loss_nats"]),
        )
    )


def _expected(row: dict, when: str, step: int, loss: float) -> str:
    guesses = "  ".join(
        f"<b>{escape(token)}</b> {chance:.1%}" for token, chance in token_marks.guesses(row, when)
    )
    return f"step {step:,}: loss {loss:.2f} nats; expected {guesses or '–'}"
