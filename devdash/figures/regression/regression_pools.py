"""Distances of models that were trained on finite sets of tasks from two predictors, over training."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style

TITLE = "Finite sets of tasks: learned by heart, or ridge?"
DATA = "pool_lines"
OPTIONS = {"step": None}
CURSOR = True
PANELS = {
    "discrete optimum": "distance to the discrete optimum for the M tasks",
    "ridge": "distance to ridge, the optimum for tasks without end",
}
PANEL_PX = 240
FLOOR = 1e-4  # a distance below it has no place on the log axis


def draw(data) -> go.Figure:
    """data: E(ŷ − predictor)² over steps, of models by their number of tasks M; grey: seeds that see
    tasks without end."""
    data = data[data["step"] > 0]
    finite = data.dropna(subset=["tasks"])
    if finite.empty:
        return style.blank("No model of a finite set of tasks is stored for this run.")
    panels = [name for name in PANELS if name in set(data["predictor"])]
    sizes = sorted(finite["tasks"].unique())
    colours = dict(zip(sizes, style.ordered(len(sizes)), strict=True))
    figure = make_subplots(rows=len(panels), vertical_spacing=0.13)
    traces, notes, shapes = [], [], []
    for panel, predictor in enumerate(panels, 1):
        rows, ends = data[data["predictor"] == predictor], {}
        low, high = (np.log10(max(end, FLOOR)) for end in (rows["value"].min(), rows["value"].max()))
        low, high = low - 0.1, high + 0.1
        for model, line in rows.groupby("model", sort=False):
            tasks = line["tasks"].iloc[0]
            name, colour = ("∞", style.GREY) if pd.isna(tasks) else (f"M = {tasks:,.0f}", colours[tasks])
            traces += _line(line, model, colour, panel)
            ends[name] = np.log10(max(line["value"].iloc[-1], FLOOR)), colour
        notes += [
            marks.title(PANELS[predictor], panel),
            *marks.end_names(ends, PANEL_PX / (high - low), panel),
        ]
        shapes += marks.stage_shapes(data.iloc[:0], data["step"], panel)
        figure.update_yaxes(range=[low, high], tickvals=style.log_ticks(10**low, 10**high), row=panel, col=1)
    figure.add_traces(traces)
    figure.update_layout(shapes=shapes, annotations=notes, showlegend=False)
    marks.step_axes(figure, data["step"], len(panels))
    figure.update_yaxes(title="E(ŷ − predictor)²", type="log")
    return figure.update_layout(height=len(panels) * PANEL_PX + 110, margin={"t": 30, "r": 90})


def _line(rows, name: str, colour: str, panel: int) -> list[dict]:
    """One model with its 95 % band; one of tasks without end, a contrast, thin and without."""
    contrast = pd.isna(rows["tasks"].iloc[0])
    words = {"hover": "step %{x:,}: %{y:.3g}", "about": name, "panel": panel}
    line = marks.line(rows, "step", "value", colour, 0.8 if contrast else 2, **words)
    low, high = marks.interval(rows["value"], rows["std_err"])
    band = marks.band(rows, "step", low.clip(lower=FLOOR), high, colour, panel=panel)
    return [line] if contrast else [band, line]
