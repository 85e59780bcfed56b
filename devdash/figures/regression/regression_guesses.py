"""Single sequences: what a model says example by example, beside the truth and other predictors."""

import math

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style
from devdash.figures.regression.predictors import MODEL, PREDICTORS

TITLE = "Single sequences: what the model says, against truth and ridge"
DATA = "regression_guesses"
OPTIONS = {"model": None, "step": None}
COLUMNS, PANEL_PX, GAP_PX = 3, 130, 48
LINES = {
    "said": ("model", MODEL, {"width": 2.4}),
    "ridge": ("ridge", PREDICTORS["ridge"], {"dash": "dash"}),
    "discrete_optimum": ("discrete optimum", PREDICTORS["discrete optimum"], {"dash": "dot"}),
}


def draw(data) -> go.Figure:
    """data: prediction, truth and predictors' predictions by sequence and example, at one step."""
    if data.empty:
        return style.blank("No prediction is stored for this model.")
    lines = {column: look for column, look in LINES.items() if data[column].notna().any()}
    groups = dict(list(data.groupby("sequence")))
    rows = math.ceil(len(groups) / COLUMNS)
    height = rows * PANEL_PX + (rows - 1) * GAP_PX
    gaps = {"horizontal_spacing": 0.05, "vertical_spacing": GAP_PX / height if rows > 1 else 0}
    figure = make_subplots(rows=rows, cols=COLUMNS, **gaps)
    traces, notes = [], [marks.note(_legend(lines), "above left", up=24)]
    for panel, (sequence, examples) in enumerate(groups.items(), 1):
        notes.append(marks.title(f"sequence {sequence + 1}", panel))
        traces += _panel(examples, lines, panel)
    figure.add_traces(traces)
    figure.update_xaxes(dtick=2, tick0=1, title="", matches="x", range=[0.6, data["example"].max() + 0.4])
    values = data[[*lines, "truth"]].to_numpy(float)
    margin = 0.06 * max(np.nanmax(values) - np.nanmin(values), 1)
    bounds = [np.nanmin(values) - margin, np.nanmax(values) + margin]
    figure.update_yaxes(matches="y", title="", range=bounds, showticklabels=False)
    figure.update_yaxes(title="y", showticklabels=True, col=1)
    for panel in range(max(len(groups) - COLUMNS, 0) + 1, len(groups) + 1):
        figure.layout[marks.axis("x", panel).replace("x", "xaxis")].title = "example"
    margin = {"t": 52, "r": 15, "l": 50}
    return figure.update_layout(annotations=notes, showlegend=False, height=height + 110, margin=margin)


def _panel(examples, lines: dict, panel: int) -> list[dict]:
    hover = "sequence {number}, example %{x}: NAME %{y:.2f}"
    rows, traces = examples.assign(number=examples["sequence"] + 1), []
    for column, (name, colour, look) in lines.items():
        words = {"hover": hover.replace("NAME", name), "panel": panel}
        traces.append(marks.line(rows, "example", column, colour, **look, **words))
    words = {"hover": hover.replace("NAME", "truth"), "panel": panel, "marker": {"symbol": "circle-open"}}
    return [*traces, marks.points(rows, "example", "truth", style.GREY, size=7, **words)]


def _legend(lines: dict) -> str:
    """Names of the lines in their colours."""
    words = [f"{marks.coloured('━', colour)} {name}" for name, colour, _ in lines.values()]
    return "   ".join([*words, f"{marks.coloured('○', style.GREY)} truth"])
