"""A text whose token under the mouse or in focus shows where it looks and who looks at it."""

from pathlib import Path

import streamlit as st

from devdash.figures import style, token_marks

FULL = 0.5  # attention at which a colour is at its strongest; opacity goes with its root, to show small ones
COLOURS = {"looks at": style.BLUE, "looked at by": style.ORANGE}
SCRIPT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
CSS = """
.box { border: 1px solid rgba(128, 136, 148, 0.5); border-radius: 4px; padding: 0.4em 0.8em;
  min-height: 7.4em; line-height: 1.5; box-sizing: border-box; margin-bottom: 0.8em; }
.box .mark { display: inline-block; width: 1em; height: 1em; vertical-align: -0.12em; margin-right: 0.3em; }
.words { white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.75; font-size: 0.9rem;
  font-family: "Source Code Pro", "DejaVu Sans Mono", Menlo, Consolas, monospace; }
.token { padding: 0.16em 0; border-radius: 2px; cursor: default; }
.token.chosen, .token:focus { outline: 2px solid currentColor; outline-offset: 1px; }
@media (max-width: 640px) { .box { min-height: 12em; } }
"""
_mounted = st.components.v2.component(
    "attention_tokens",
    html='<div class="box" aria-live="polite"></div><div class="words"></div>',
    css=CSS,
    js=SCRIPT,
)


def show(tokens, weights, key: str) -> None:
    """tokens: position and token in order; weights: query, key (−1: [BOS]) and weight of one head."""
    _mounted(data=content(tokens, weights), key=key, height="content")


def content(tokens, weights) -> dict:
    """What the script draws: words as they are shown, pairs, colours, and the token that is told first.

    That is the one with the largest attention to another token of the text.
    """
    inside = weights[(weights["key"] >= 0) & (weights["key"] < weights["query"])]
    first = int(inside.loc[inside["weight"].idxmax(), "query"]) if len(inside) else 0
    return {
        "words": [token_marks.visible(token) for token in tokens["token"]],
        "breaks": [token.count("\n") for token in tokens["token"]],
        "weights": weights[["query", "key", "weight"]].to_numpy(float).tolist(),
        "colours": COLOURS,
        "strongest": token_marks.STRONGEST,
        "full": FULL,
        "first": first,
    }
