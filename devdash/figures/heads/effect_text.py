"""A text whose tokens are coloured by what the ablation of a head does to each."""

from html import escape

import plotly.graph_objects as go

from devdash.figures import style, token_marks
from devdash.figures.coloured_text import FONT_PX, LINE_CHARACTERS, LINE_PX, MONOSPACE, lay_out
from devdash.figures.heads import effect_marks

TITLE = "The text as a figure: which of its tokens need the head"
DATA = "text_effects"
OPTIONS = {"head": None, "text": None, "step": None}


def draw(data) -> go.Figure:
    """data: tokens of a text in order, with the rise in loss (nats) when a head is ablated, and tags."""
    if data.empty:
        return style.blank("No effect of this head on single tokens is stored.")
    words = [token_marks.visible(token) for token in data["token"]]
    places = lay_out(data["token"], words)
    figure = go.Figure()
    figure.add_scatter(
        x=[x + len(word) / 2 for (x, _), word in zip(places, words, strict=True)],
        y=[y for _, y in places],
        text=[escape(word.replace(" ", "\u00a0"), quote=False) for word in words],
        mode="text",
        textfont={"family": MONOSPACE, "size": FONT_PX},
        cliponaxis=False,
        hoverinfo="text",
        hovertext=[escape(effect_marks.words(row), quote=False) for _, row in data.iterrows()],
    )
    boxes = [
        {
            "type": "rect",
            "x0": x,
            "x1": x + len(word),
            "y0": y - 0.45,
            "y1": y + 0.45,
            "layer": "below",
            "line": {"width": 0},
            "fillcolor": effect_marks.colour(value),
        }
        for (x, y), word, value in zip(places, words, data["effect_nats"], strict=True)
    ]
    lines = places[-1][1] + 1
    figure.update_layout(shapes=[*boxes, *_scale(figure)])
    figure.update_xaxes(visible=False, range=[0, LINE_CHARACTERS])
    figure.update_yaxes(visible=False, range=[lines - 0.5, -2])
    margin = {"l": 5, "r": 5, "t": 5, "b": 5}
    return figure.update_layout(height=int(LINE_PX * (lines + 1.5)) + 10, margin=margin, showlegend=False)


def _scale(figure: go.Figure) -> list[dict]:
    """The colours' meaning, above the text."""
    low, high, values = effect_marks.SCALE
    start, width = len(low) + 1, 3
    figure.add_annotation(text=low, x=start - 0.7, y=-1.3, xanchor="right")
    figure.add_annotation(text=high, x=start + width * len(values) + 0.7, y=-1.3, xanchor="left")
    return [
        {
            "type": "rect",
            "x0": start + width * i,
            "x1": start + width * (i + 1),
            "y0": -1.7,
            "y1": -0.9,
            "line": {"width": 0.5, "color": style.GREY},
            "fillcolor": effect_marks.colour(value),
        }
        for i, value in enumerate(values)
    ]
