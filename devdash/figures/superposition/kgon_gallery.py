"""The k-gons themselves: columns of W at every critical point, highest loss first."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import style
from devdash.figures.superposition.polygon import add_columns

TITLE = "The k-gons of this many features"
DATA = "kgon_columns"
OPTIONS = {"features": None, "only": None}
PER_ROW = 5


def draw(data, only=None) -> go.Figure:
    """data: columns and biases of every critical point of one c. only: the name of a single one."""
    if data.empty:
        return style.blank("The critical points are not computed yet.")
    names = [only] if only in set(data["kgon"]) else list(data["kgon"].unique())
    per_row = min(PER_ROW, len(names))
    rows = -(-len(names) // per_row)
    titles = [f"<b>{n}</b><br>L = {data[data['kgon'] == n]['loss'].iloc[0]:.4f}" for n in names]
    figure = make_subplots(
        rows=rows, cols=per_row, subplot_titles=titles, vertical_spacing=0.28 / rows, horizontal_spacing=0.02
    )
    reach = 1.15 * np.hypot(data["x"], data["y"]).max()
    for number, name in enumerate(names):
        place = {"row": number // per_row + 1, "col": number % per_row + 1}
        add_columns(figure, data[data["kgon"] == name], **place)
        axis = "x" if number == 0 else f"x{number + 1}"
        figure.update_yaxes(scaleanchor=axis, **place)
    figure.update_xaxes(range=[-reach, reach], visible=False)
    figure.update_yaxes(range=[-reach, reach], visible=False)
    figure.update_annotations(font_size=11)
    return figure.update_layout(
        showlegend=False,
        height=60 + (165 if len(names) > 1 else 320) * rows,
        margin={"t": 50, "l": 10, "r": 10, "b": 10},
    )
