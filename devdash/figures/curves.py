"""Any stored metric over training, one thin line per run."""

import numpy as np
import plotly.graph_objects as go

from devdash.figures import style

TITLE = "A metric over training, all runs"
DATA = "curves"
OPTIONS = {"experiment": None, "name": None, "highlight": None, "log_x": True, "log_y": False}
NEEDS = ("experiment", "name")
MOST_NAMED = 6
LINE = ["run", "model", "component", "distribution"]


def _together(figure: go.Figure, data) -> None:
    """Many lines as one grey trace with gaps between them: two hundred traces would take seconds."""
    ends = data.index[data.duplicated(LINE, keep="last").eq(False)]
    place = np.searchsorted(ends, data.index)
    gaps = np.arange(len(data)) + place
    x, y = (np.full(len(data) + len(ends), np.nan) for _ in range(2))
    x[gaps], y[gaps] = data["step"], data["value"]
    text = np.full(len(x), "", dtype=object)
    text[gaps] = data["run"]
    figure.add_scatter(
        x=x,
        y=y,
        text=text,
        mode="lines",
        line={"color": style.GREY, "width": 0.8},
        opacity=0.6,
        showlegend=False,
        hovertemplate="step %{x}: %{y:.4g}<extra>%{text}</extra>",
    )


def draw(data, highlight=None, log_x=True, log_y=False) -> go.Figure:
    """data: value by step, run, model, component and data. highlight: the run drawn thick."""
    if data.empty:
        return style.blank("No metric is stored.")
    figure = go.Figure()
    lines = data.groupby(LINE, sort=False)
    if lines.ngroups > MOST_NAMED:
        _together(figure, data)
    for number, ((run, *names), own) in enumerate(lines):
        if lines.ngroups <= MOST_NAMED or run == highlight:
            name = " · ".join(part for part in (run, *names) if part)
            figure.add_scatter(
                x=own["step"],
                y=own["value"],
                mode="lines",
                name=name,
                line={"color": style.COLOURS[number % 7], "width": 2},
                hovertemplate="step %{x}: %{y:.4g}<extra>" + name + "</extra>",
            )
    figure.update_xaxes(title="training step", type="log" if log_x else "linear")
    figure.update_yaxes(title="value", type="log" if log_y else "linear")
    return figure.update_layout(height=430, margin={"t": 60})
