"""Attention of one head on one text: who looks where."""

from html import escape

import plotly.graph_objects as go

from devdash.figures import style, token_marks

TITLE = "Where the head looks"
DATA = {"weights": "attention_weights", "tokens": "attention_tokens"}
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
    figure = go.Figure()
    level = sum((weights["weight"] >= low).astype(int) for low in LEVELS[1:])
    for place, (low, shade) in enumerate(zip(LEVELS, SHADES, strict=True)):
        _squares(figure, weights[level == place], f"{low:g}", style.faint(style.BLUE, shade))
    figure.add_scatter(
        x=weights["key"],
        y=weights["query"],
        mode="markers",
        marker={"size": 6, "opacity": 0},
        customdata=[
            [_escaped(words.get(place, "")) for place in pair]
            for pair in zip(weights["query"], weights["key"], strict=True)
        ],
        text=weights["weight"],
        showlegend=False,
        hovertemplate="%{customdata[0]} (%{y}) looks at %{customdata[1]} (%{x}): %{text:.0%}<extra></extra>",
    )
    last = int(tokens["position"].max())
    axis = {"showgrid": False, "zeroline": False, "constrain": "domain", **_ticks(words, last)}
    figure.update_xaxes(title="token looked at", range=[-1.6, last + 0.6], tickangle=-90, **axis)
    figure.update_yaxes(
        title="token that looks", range=[last + 0.6, -0.6], scaleanchor="x", scaleratio=1, **axis
    )
    row = weights.iloc[0]
    figure.add_annotation(
        text=f"{row['head']}, step {row['step']:,}; attention of at least:",
        x=0,
        y=1,
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="bottom",
        yshift=48,
    )
    return figure.update_layout(
        height=SIZE_PX + 125,
        margin={"t": 80, "b": 70},
        hovermode="closest",
        legend={"entrywidth": 24, "itemwidth": 30, "font": {"size": 11}, "tracegroupgap": 0},
    )


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


def _squares(figure: go.Figure, cells, name: str, colour: str) -> None:
    """Squares around (key, query) as one path with gaps; named in the legend even where there are none."""
    x, y = [], []
    for key, query in zip(cells["key"], cells["query"], strict=True):
        x += [key - 0.5, key + 0.5, key + 0.5, key - 0.5, key - 0.5, None]
        y += [query - 0.5, query - 0.5, query + 0.5, query + 0.5, query - 0.5, None]
    figure.add_scatter(
        x=x or [None],
        y=y or [None],
        mode="lines",
        fill="toself",
        fillcolor=colour,
        line={"width": 0},
        name=name,
        hoverinfo="skip",
    )
