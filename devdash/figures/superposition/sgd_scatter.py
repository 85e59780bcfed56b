"""Every checkpoint of every SGD run: loss against LLC, coloured by k-gon."""

import math

import plotly.graph_objects as go

from devdash.figures import style

TITLE = "All SGD runs: where in loss and LLC the checkpoints lie"
DATA = {"data": "sgd_points", "points": "kgon_points"}
OPTIONS = {"features": None, "start": None, "log_x": True}
NAMED = ("4", "4+", "4++", "5", "5+", "6")


def draw(data, start=None, log_x=True) -> go.Figure:
    """data["data"]: loss and λ̂ of checkpoints. start: "4gon" or "random" (default both)."""
    points, levels = data["data"], data["points"]
    points = points if start is None else points[points["start"] == start]
    if points.empty:
        return style.blank("No SGD run is measured yet.")
    figure = go.Figure()
    named = points["kgon"].where(points["kgon"].isin(NAMED), "other")
    for name in [*NAMED, "other"]:
        own = points[named == name]
        if len(own):
            _add(figure, own, name)
    for _, level in levels[levels["kgon"].isin(NAMED)].iterrows():
        colour = style.kgon_colour(level["kgon"])
        figure.add_vline(x=level["loss"], line={"color": colour, "dash": "dot", "width": 1})
    inside = points[points["verdict"].isin(["reliable", "not converged"])]["test_loss"]
    low, high = (
        0.93 * points["test_loss"].min(),
        1.07 * (inside if len(inside) else points["test_loss"]).max(),
    )
    ends = [math.log10(low), math.log10(high)] if log_x else [low, high]
    figure.update_xaxes(title="population loss L", type="log" if log_x else "linear", range=ends)
    if log_x:
        figure.update_xaxes(tickvals=[0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2, 0.3, 0.5, 1, 2, 5])
    figure.update_yaxes(title="λ̂", range=style.span(points))
    return figure.update_layout(height=460, margin={"t": 50}, legend={"title": {"text": "polygon  "}})


def _add(figure: go.Figure, own, name: str) -> None:
    own = own.sort_values("verdict", key=lambda v: v != "reliable")  # the first marks the legend
    colour = style.kgon_colour(name)
    marker = style.reliability(own["verdict"], colour)
    figure.add_scattergl(
        x=own["test_loss"],
        y=own["llc"],
        mode="markers",
        name=name,
        marker=marker | {"size": 5},
        customdata=own[["path", "step", "verdict", "std_err"]],
        hovertemplate="%{customdata[0]}, epoch %{customdata[1]}<br>L = %{x:.4f}, "
        "λ̂ = %{y:.2f} ± %{customdata[3]:.2f} (%{customdata[2]})<extra>" + name + "</extra>",
    )
