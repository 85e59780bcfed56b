"""Every checkpoint of every SGD run: loss against LLC, coloured by k-gon."""

import numpy as np
import plotly.graph_objects as go

from devdash.figures import marks, style
from devdash.verdicts import AT_MINIMUM, is_reliable

TITLE = "All SGD runs: where in loss and LLC the checkpoints lie"
DATA = {"data": "sgd_points", "points": "kgon_points"}
OPTIONS = {"features": None, "start": None, "log_x": True}
NAMED = ("4", "4+", "4++", "5", "5+", "6")
TICKS = [0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2, 0.3, 0.5, 1, 2, 5]


def draw(data, start=None, log_x=True) -> go.Figure:
    """data["data"]: loss and λ̂ of checkpoints. start: "4gon" or "random" (default both)."""
    points, levels = data["data"], data["points"]
    points = points if start is None else points[points["start"] == start]
    if points.empty:
        return style.blank("No SGD run is measured yet.")
    figure = go.Figure()
    groups = points["kgon"].where(points["kgon"].isin(NAMED), "other")
    for name in [*NAMED, "other"]:
        if (groups == name).any():
            figure.add_traces(_points(points[groups == name], name))
    for level in levels[levels["kgon"].isin(NAMED)].to_dict("records"):
        figure.add_shape(marks.upright(level["loss"], style.kgon_colour(level["kgon"]), "dot", 1))
    inside = points[points["verdict"].isin(AT_MINIMUM)]["test_loss"]
    high = (inside if len(inside) else points["test_loss"]).max()
    ends = np.array([0.93 * points["test_loss"].min(), 1.07 * high])
    figure.update_xaxes(title="population loss L", range=np.log10(ends) if log_x else ends)
    figure.update_xaxes(type="log" if log_x else "linear", tickvals=TICKS if log_x else None)
    bounds = style.span(points.drop(columns="std_err"))  # intervals are not drawn
    figure.update_yaxes(title=marks.llc_title(points, "λ̂"), range=bounds)
    return figure.update_layout(height=460, margin={"t": 50}, legend={"title": {"text": "polygon  "}})


def _points(rows, name: str) -> dict:
    """Checkpoints of one k-gon; their errors, of thousands of points, stand in the hover."""
    rows = rows.iloc[(~is_reliable(rows)).argsort(kind="stable")]  # the first point marks the legend
    words = {"before": "{path}, epoch {step}<br>L = %{x:.4f}, ", "name": name, "size": 5}
    dots = marks.estimates(rows, "test_loss", "llc", style.kgon_colour(name), **words)
    return dots | {"type": "scattergl", "error_y": None}
