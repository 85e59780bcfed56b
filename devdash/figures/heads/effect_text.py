"""A text whose tokens are coloured by what the ablation of a head does to each."""

from html import escape

import plotly.graph_objects as go

from devdash.figures import style
from devdash.figures.coloured_text import text_figure
from devdash.figures.heads import effect_marks

TITLE = "The text as a figure: which of its tokens need the head"
DATA = "text_effects"
LETTERS = True  # tokens are escaped here, one by one
OPTIONS = {"head": None, "text": None, "step": None}


def draw(data) -> go.Figure:
    """data: tokens of a text in order, with the rise in loss (nats) when a head is ablated, and tags."""
    if data.empty:
        return style.blank("No effect of this head on single tokens is stored.")
    hover = [escape(effect_marks.words(row), quote=False) for _, row in data.iterrows()]
    return text_figure(data["token"], data["effect_nats"], hover, effect_marks.SCALE, effect_marks.colour)
