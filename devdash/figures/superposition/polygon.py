"""The columns of W in the hidden plane at one epoch, and the bias of each feature."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style

TITLE = "Columns of W and biases"
DATA = "polygons"
OPTIONS = {"path": None, "step": None}
LIVE_LENGTH = 0.1


def draw(data, step=None) -> go.Figure:
    """data: columns and biases at every epoch; step: which epoch (default: the last)."""
    if data.empty:
        return style.blank("This run has no polygon to show.")
    steps = data["step"].unique()
    step = step if step in steps else steps[-1]
    now = data[data["step"] == step]
    figure = make_subplots(rows=2, row_heights=[0.7, 0.3], vertical_spacing=0.13)
    figure.add_traces([*columns(now, 1), _biases(now)])
    if _dead(now).any():
        figure.add_annotation(marks.note("hollow: dead column", "above right", 2))
    reach, bias = 1.15 * max(1.0, np.hypot(data["x"], data["y"]).max()), 1.1 * data["bias"].abs().max()
    figure.update_xaxes(range=[-reach, reach], title="first hidden dimension", row=1, col=1)
    figure.update_yaxes(range=[-reach, reach], title="second hidden dimension", scaleanchor="x", row=1, col=1)
    figure.update_xaxes(title="feature", dtick=1, row=2, col=1)
    figure.update_yaxes(title="bias", range=[-bias, bias], row=2, col=1)
    words = f"epoch {step}: {now['kgon'].iloc[0]}-gon, L = {now['test_loss'].iloc[0]:.5f}"
    figure.add_annotation(marks.note(words, "above left", up=8))
    return figure.update_layout(showlegend=False, height=520)


def columns(at, panel: int) -> list[dict]:
    """Arrows to the columns of W, the outline of the live ones; dead columns as hollow diamonds."""
    live, dead = at[~_dead(at)], at[_dead(at)]
    colour, traces = style.kgon_colour(at["kgon"].iloc[0]), []
    around = live.iloc[np.argsort(np.arctan2(live["y"], live["x"]))]
    if len(around):
        outline = marks.line(pd.concat([around, around.head(1)]), "x", "y", colour, 1.5, panel=panel)
        traces.append(outline | {"fill": "toself", "fillcolor": style.faint(colour, 0.15)})
    spokes = pd.concat([live.assign(x=0.0, y=0.0), live]).sort_index(kind="stable")
    traces.append(marks.line(spokes, "x", "y", style.GREY, 1, gaps="feature", panel=panel))
    hover = "feature {feature}: (%{x:.3f}, %{y:.3f})<br>bias {bias:.3f}"
    for part, symbol, size in ((live, "circle", 9), (dead, "diamond-open", 10)):
        look = {"size": size, "marker": {"symbol": symbol}, "hover": hover, "panel": panel}
        traces.append(marks.points(part, "x", "y", colour, **look))
    return traces


def _dead(at):
    return np.hypot(at["x"], at["y"]) <= LIVE_LENGTH


def _biases(at) -> dict:
    """Bars of the biases, hollow where the column is dead."""
    colour = style.kgon_colour(at["kgon"].iloc[0])
    fill = [style.CLEAR if dead else colour for dead in _dead(at)]
    bars = marks.trace(at, "feature", "bias", "feature %{x}: bias %{y:.3f}", panel=2)
    return bars | {"type": "bar", "marker": {"color": fill, "line": {"color": colour, "width": 1.5}}}
