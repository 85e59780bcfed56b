"""The plot of the coverage: how far each reliable value is off, against the error that it reports."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.export import Size, render
from devdash.figures import style

LOW, HIGH = 1e-4, 30.0  # relative; what lies outside is drawn at the edge
ERRORS = 2.0


def draw(frame: pd.DataFrame) -> go.Figure:
    """A panel for each sampler. frame: as report.judged gives it."""
    samplers = list(frame["sampler"].unique())
    figure = make_subplots(
        rows=1,
        cols=len(samplers),
        shared_yaxes=True,
        horizontal_spacing=0.04,
        subplot_titles=[_title(name, frame[frame["sampler"] == name]) for name in samplers],
    )
    for place, name in enumerate(samplers, 1):
        rows = frame[(frame["sampler"] == name) & frame["reliable"]]
        for colour, (family, group) in zip(style.COLOURS * 2, rows.groupby("family"), strict=False):
            figure.add_scatter(
                x=_relative(group["std_err"], group),
                y=_relative((group["llc"] - group["truth"]).abs(), group),
                mode="markers",
                name=family.replace("_", " "),
                legendgroup=family,
                showlegend=place == 1,
                marker={"size": 5, "opacity": 0.7, "color": colour},
                row=1,
                col=place,
            )
        ends = np.array([LOW, HIGH])
        line = {"color": style.GREY, "width": 1}
        figure.add_scatter(
            x=ends, y=ERRORS * ends, mode="lines", line=line, showlegend=False, row=1, col=place
        )
    ticks = {"type": "log", "range": [np.log10(LOW), np.log10(HIGH)], "tickformat": "~%"}
    figure.update_xaxes(title="reported error", **ticks)
    figure.update_yaxes(**ticks)
    figure.update_yaxes(title="|value − truth| of reliable values", col=1)
    return figure.update_layout(height=460, margin={"l": 70, "r": 20, "t": 60, "b": 60})


def _title(sampler: str, rows: pd.DataFrame) -> str:
    reliable = rows[rows["reliable"]]
    return f"{sampler}: {reliable['within'].mean():.0%} of {len(reliable)} below the line of 2 errors"


def _relative(values: pd.Series, rows: pd.DataFrame) -> pd.Series:
    return (values / rows["truth"].abs()).clip(LOW, HIGH)


def svg(frame: pd.DataFrame) -> bytes:
    """The figure as docs/coverage.svg holds it."""
    return render(draw(frame), "svg", Size(8, 9))
