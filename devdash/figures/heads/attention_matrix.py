"""Attention of one head on one text: who looks where."""

from html import escape

import plotly.graph_objects as go

from devdash.figures import marks, style, token_marks

TITLE = "Where the head looks"
DATA = {"weights": "attention_weights", "tokens": "attention_tokens"}
LETTERS = True  # tokens are escaped here, one by one
OPTIONS = {"head": None, "text": None, "step": None}
LEVELS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.7)  # lower ends; smaller weights are not stored
SHADES = (0.12, 0.25, 0.42, 0.6, 0.8, 1.0)
MOST_WRITTEN, LONGEST = 32, 8  # tokens at the axes, and characters of each; else positions stand there
SIZE_PX = 400


def draw(data) -> go.Figure:
    """data: weights by query and key (−1: [BOS]) of a head at one step, and the text's tokens in order.

    Squares of one level are one path: so they stay vectors in an exported file, and few.
    """
    weights, tokens = data["weights"], data["tokens"]
    if weights.empty:
        return style.blank("No attention of this head is stored for this text.")
    words = dict(zip(tokens["position"], map(token_marks.visible, tokens["token"]), strict=True))
    words[-1] = "[BOS]"
    level = sum((weights["weight"] >= low).astype(int) for low in LEVELS[1:])
    figure = go.Figure()
    for place, (low, shade) in enumerate(zip(LEVELS, SHADES, strict=True)):
        figure.add_traces(_squares(weights[level == place], f"{low:g}", style.faint(style.BLUE, shade)))
    looks, seen = ([_escaped(words.get(place, "")) for place in weights[end]] for end in ("query", "key"))
    weights = weights.assign(looks=looks, seen=seen)
    hidden = {"marker": {"opacity": 0}, "hover": "{looks} (%{y}) looks at {seen} (%{x}): {weight:.0%}"}
    figure.add_traces(marks.points(weights, "key", "query", style.CLEAR, **hidden))
    last = int(tokens["position"].max())
    axis = {"showgrid": False, "zeroline": False, "constrain": "domain", **_ticks(words, last)}
    figure.update_xaxes(title="token looked at", range=[-1.6, last + 0.6], tickangle=-90, **axis)
    tied = {"scaleanchor": "x", "scaleratio": 1}
    figure.update_yaxes(title="token that looks", range=[last + 0.6, -0.6], **tied, **axis)
    row = weights.iloc[0]
    text = f"{escape(row['head'], quote=False)}, step {row['step']:,}; attention of at least:"
    figure.add_annotation(marks.note(text, "above left", up=48))
    legend = {"entrywidth": 24, "itemwidth": 30, "font": {"size": 11}, "tracegroupgap": 0}
    size = {"height": SIZE_PX + 125, "margin": {"t": 80, "b": 70}}
    return figure.update_layout(hovermode="closest", legend=legend, **size)


def _escaped(word: str) -> str:
    return escape(word, quote=False)


def _short(word: str) -> str:
    return _escaped(word if len(word) <= LONGEST else word[: LONGEST - 1] + "…")


def _ticks(words: dict, last: int) -> dict:
    if last >= MOST_WRITTEN:
        return {"nticks": 8}
    places = range(-1, last + 1)
    return {
        "tickvals": list(places),
        "ticktext": [_short(words.get(place, "")) for place in places],
        "tickfont": {"size": 9},
        "ticks": "",
    }


def _squares(cells, name: str, colour: str) -> dict:
    """Squares around (key, query) as one path with gaps; named in the legend even where there are none."""
    x, y = [], []
    for key, query in zip(cells["key"], cells["query"], strict=True):
        x += [key - 0.5, key + 0.5, key + 0.5, key - 0.5, key - 0.5, None]
        y += [query - 0.5, query - 0.5, query + 0.5, query + 0.5, query - 0.5, None]
    path = marks.line(cells, x or [None], y or [None], colour, 0, name=name)
    return path | {"fill": "toself", "fillcolor": colour, "line": {"width": 0}}
