"""The k-gons themselves: columns of W at every critical point, highest loss first."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style
from devdash.figures.superposition.polygon import columns

TITLE = "The k-gons of this many features"
DATA = "kgon_columns"
OPTIONS = {"features": None, "only": None}
PER_ROW = 5


def draw(data, only=None) -> go.Figure:
    """data: columns and biases of every critical point of one c. only: the name of a single one."""
    if data.empty:
        return style.blank("The critical points are not computed yet.")
    names = [only] if only in set(data["kgon"]) else list(data["kgon"].unique())
    points = [data[data["kgon"] == name] for name in names]
    per_row, rows = min(PER_ROW, len(names)), -(-len(names) // PER_ROW)
    titles = [
        f"<b>{name}</b><br>L = {at['loss'].iloc[0]:.4f}" for name, at in zip(names, points, strict=True)
    ]
    gaps = {"vertical_spacing": 0.28 / rows, "horizontal_spacing": 0.02}
    figure = make_subplots(rows=rows, cols=per_row, subplot_titles=titles, **gaps)
    reach = 1.15 * np.hypot(data["x"], data["y"]).max()
    for panel, at in enumerate(points, 1):
        figure.add_traces(columns(at, panel))
        place = {"row": (panel - 1) // per_row + 1, "col": (panel - 1) % per_row + 1}
        figure.update_yaxes(scaleanchor=marks.axis("x", panel), **place)
    figure.update_xaxes(range=[-reach, reach], visible=False)
    figure.update_yaxes(range=[-reach, reach], visible=False)
    figure.update_annotations(font_size=11)
    height, margin = 60 + (165 if len(names) > 1 else 320) * rows, {"t": 50, "l": 10, "r": 10, "b": 10}
    return figure.update_layout(showlegend=False, height=height, margin=margin)
