"""Loss on data of other distributions over training, relative to its value at the start."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style
from devdash.figures.regression.predictors import TITLE_PX
from devdash.stored_names import MSE

TITLE = "Elsewhere: loss where inputs or tasks are larger than in training"
DATA = {"lines": "seed_lines", "stages": "stages"}
OPTIONS = {"names": (MSE, "MSE elsewhere"), "step": None}
CURSOR = True
PANELS = {"inputs": "inputs × g", "tasks": "tasks × g"}
PANEL_PX = 250
NARROW_PX = 220  # width of the axis in a narrow window


def draw(data) -> go.Figure:
    """data: MSE of every seed on the training distribution and where inputs or tasks are scaled by g, over
    steps; stages of the first seed. With a line's name stands how far its mean over
    seeds has risen from its lowest value."""
    lines = relative(data["lines"])
    lines = lines[lines["step"] > 0]
    parts = lines["distribution"].str.split(" × ", n=1, expand=True)
    if lines.empty or parts.shape[1] < 2:
        return style.blank("No loss on other distributions is stored for this run.")
    lines = lines.assign(part=parts[0], factor=parts[1])
    figure = make_subplots(rows=2, vertical_spacing=0.12)
    traces, notes, shapes = [], [], []
    top = 1.08 * lines["value"].max()
    for panel, (part, title) in enumerate(PANELS.items(), 1):
        scaled, ends = lines[lines["part"] == part], {}
        factors = sorted(scaled["factor"].dropna().unique(), key=float)
        groups = {"as in training": lines[lines["name"] == MSE]}
        groups |= {f"g = {factor}": scaled[scaled["factor"] == factor] for factor in factors}
        colours = [style.GREY, *style.ordered(len(factors))]
        for (name, rows), colour in zip(groups.items(), colours, strict=True):
            traces += marks.seeds(rows, colour, name, panel)
            ends[f"{name}: {_rise(rows)}"] = marks.last_mean(rows), colour
        notes += [marks.title(title, panel), *marks.end_names(ends, PANEL_PX / top, panel)]
        shapes += marks.stage_shapes(data["stages"], lines["step"], panel)
    figure.add_traces(traces)
    figure.update_layout(shapes=shapes, annotations=notes, showlegend=False)
    marks.step_axes(figure, lines["step"], rows=2)
    figure.update_yaxes(title="MSE / MSE at the start", range=[0, top])
    above = 34 + marks.name_stages(figure, data["stages"], lines["step"], NARROW_PX, TITLE_PX)
    return figure.update_layout(height=2 * PANEL_PX + 90 + above, margin={"t": above, "r": 140})


def _rise(rows) -> str:
    """How far the mean over seeds stands above its lowest value in the end."""
    means = marks.mean_and_range(rows)["mean"]
    return f"+{means.iloc[-1] / means.min() - 1:.1%}" if len(means) else ""


def relative(lines):
    """Every line divided by its first value."""
    ordered = lines.sort_values("step")
    start = ordered.groupby(["model", "name", "component", "distribution"])["value"].transform("first")
    return ordered.assign(value=ordered["value"] / start)
