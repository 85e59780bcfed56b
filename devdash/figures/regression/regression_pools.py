"""Distances of models that were trained on finite sets of tasks from two predictors, over training."""

import math

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import seed_marks as marks
from devdash.figures import stage_marks, style

TITLE = "Finite sets of tasks: learned by heart, or ridge?"
DATA = "pool_lines"
OPTIONS = {"step": None}
PANELS = {
    "discrete optimum": "distance to the discrete optimum for the M tasks",
    "ridge": "distance to ridge, the optimum for tasks without end",
}
PANEL_PX = 240


def draw(data, step=None) -> go.Figure:
    """data: E(ŷ − predictor)² over steps, of models by their number of tasks M; grey: seeds that see
    tasks without end. step: the cursor."""
    data = data[data["step"] > 0]
    finite = data.dropna(subset=["tasks"])
    if finite.empty:
        return style.blank("No model of a finite set of tasks is stored for this run.")
    known = [name for name in PANELS if name in set(data["predictor"])]
    sizes = sorted(finite["tasks"].unique())
    colours = dict(zip(sizes, marks.ordered(len(sizes)), strict=True))
    figure = make_subplots(rows=len(known), vertical_spacing=0.13)
    traces, notes, shapes = [], [], []
    for panel, predictor in enumerate(known, 1):
        own = data[data["predictor"] == predictor]
        low, high = (math.log10(max(v, 1e-4)) for v in (own["value"].min(), own["value"].max()))
        span, named = [low - 0.1, high + 0.1], {}
        for model, line in own.groupby("model", sort=False):
            tasks = line["tasks"].iloc[0]
            endless = pd.isna(tasks)
            name, colour = ("∞", style.GREY) if endless else (f"M = {tasks:,.0f}", colours[tasks])
            traces += _line(line, model, colour, panel, endless)
            named[name] = math.log10(max(line["value"].iloc[-1], 1e-4)), colour
        notes += [marks.title(PANELS[predictor], panel)]
        notes += marks.ends(named, panel, PANEL_PX / (span[1] - span[0]))
        shapes += stage_marks.shapes(data.iloc[:0], data["step"], step, panel)
        ticks = style.log_ticks(10 ** span[0], 10 ** span[1])
        figure.update_yaxes(range=span, tickvals=ticks, row=panel, col=1)
    figure.add_traces(traces)
    figure.update_layout(shapes=shapes, annotations=notes, showlegend=False)
    stage_marks.step_axis(figure, data["step"], title="", matches="x")
    figure.update_xaxes(title="training step", row=len(known), col=1)
    figure.update_yaxes(title="E(ŷ − predictor)²", type="log")
    return figure.update_layout(height=len(known) * PANEL_PX + 110, margin={"t": 30, "r": 90})


def _line(own, name: str, colour: str, panel: int, contrast: bool) -> list[dict]:
    """One model with its 95 % band; one that is there for contrast thin and without."""
    plain = {"type": "scatter", "xaxis": stage_marks.axis("x", panel), "yaxis": stage_marks.axis("y", panel)}
    error = 1.96 * own["std_err"].fillna(0)
    line = plain | {
        "x": own["step"],
        "y": own["value"],
        "mode": "lines",
        "line": {"color": colour, "width": 0.8 if contrast else 2},
        "hovertemplate": f"step %{{x:,}}: %{{y:.3g}}<extra>{name}</extra>",
    }
    if contrast:
        return [line]
    low = (own["value"] - error).clip(lower=1e-4)
    band = plain | {
        "x": [*own["step"], *own["step"][::-1]],
        "y": [*(own["value"] + error), *low[::-1]],
        "fill": "toself",
        "mode": "none",
        "fillcolor": style.faint(colour, 0.2),
        "hoverinfo": "skip",
    }
    return [band, line]
