"""Any stored metric over training, one thin line per run."""

import plotly.graph_objects as go

from devdash.figures import style

TITLE = "A metric over training, all runs"
DATA = "curves"
OPTIONS = {"experiment": None, "name": None, "highlight": None, "log_x": True, "log_y": False}
NEEDS = ("experiment", "name")
MOST_NAMED = 6


def draw(data, highlight=None, log_x=True, log_y=False) -> go.Figure:
    """data: value by step, run, component and data. highlight: the run drawn thick."""
    if data.empty:
        return style.blank("No metric is stored.")
    figure = go.Figure()
    groups = list(data.groupby(["run", "component", "distribution"]))
    for number, ((run, component, distribution), own) in enumerate(groups):
        few, chosen = len(groups) <= MOST_NAMED, run == highlight
        colour = style.COLOURS[number % 7] if few else (style.VERMILION if chosen else style.GREY)
        name = " · ".join(part for part in (run, component, distribution) if part)
        figure.add_scattergl(
            x=own["step"], y=own["value"], mode="lines", name=name, showlegend=few,
            line={"color": colour, "width": 2.5 if chosen or few else 0.8},
            opacity=1 if chosen or few else 0.6,
            hovertemplate="step %{x}: %{y:.4g}<extra>" + name + "</extra>",
        )  # fmt: skip
    figure.update_xaxes(title="training step", type="log" if log_x else "linear")
    figure.update_yaxes(title="value", type="log" if log_y else "linear")
    return figure.update_layout(height=430, margin={"t": 60})
