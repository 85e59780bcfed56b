"""Singular values of embedding and positions, and the gains of layer norms, over training."""

import math

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style
from devdash.figures.regression.predictors import TITLE_PX
from devdash.stored_names import GAIN, POSITION_SHARE, TOKEN_SHARE

TITLE = "Collapse: directions of the embeddings and gains of layer norms that training gives up"
DATA = {"lines": "seed_lines", "stages": "stages"}
PANELS = {
    TOKEN_SHARE: "share of token embedding’s σ²",
    POSITION_SHARE: "share of position embedding’s σ²",
    GAIN: "norm of layer norm’s gains",
}
OPTIONS = {"names": tuple(PANELS), "step": None}
CURSOR = True
PANEL_PX, GAP_PX = 190, 58
NARROW_PX = 255  # width of the axis in a narrow window
MOST_NAMED, NAMED = 5, ("value 1", "value 2", "value 4", "value 16")
SHARES = (1e-4, 1e-3, 1e-2, 0.1, 1)
FLOOR = SHARES[0]  # a share below it is as good as gone
SHARE_TICKS = {"type": "log", "tickvals": SHARES, "ticktext": [f"{share:g}" for share in SHARES]}


def draw(data) -> go.Figure:
    """data: shares of squared singular values and norms of gains of every seed; stages of the first.

    Shares stand on log axes, since it is the smallest that collapse.
    """
    lines = data["lines"][data["lines"]["step"] > 0]
    if lines.empty:
        return style.blank("No singular values are stored for this run.")
    groups = dict(list(lines.groupby("name")))
    groups = {name: groups[name] for name in PANELS if name in groups}
    height = PANEL_PX * len(groups) + GAP_PX * (len(groups) - 1)
    gap = GAP_PX / height if len(groups) > 1 else 0
    figure = make_subplots(rows=len(groups), vertical_spacing=gap)
    traces, notes, shapes = [], [], []
    for panel, (name, rows) in enumerate(groups.items(), 1):
        bounds = _bounds(rows, log := name.endswith("share"))
        drawn, ends = _panel(rows, panel, log)
        names = marks.end_names(ends, PANEL_PX / (bounds[1] - bounds[0]), panel)
        traces, notes = traces + drawn, [*notes, *names, marks.title(name, panel)]
        shapes += marks.stage_shapes(data["stages"], lines["step"], panel)
        scale = SHARE_TICKS if log else {"type": "linear"}
        figure.update_yaxes(title=PANELS[name], range=bounds, row=panel, col=1, **scale)
    figure.add_traces(traces)
    figure.update_layout(shapes=shapes, annotations=notes, showlegend=False)
    marks.step_axes(figure, lines["step"], len(groups))
    top = 34 + marks.name_stages(figure, data["stages"], lines["step"], NARROW_PX, TITLE_PX)
    return figure.update_layout(height=height + 60 + top, margin={"t": top, "r": 105})


def _bounds(rows, log: bool) -> list[float]:
    """Range of a panel's axis; on a log axis of the exponents."""
    if not log:
        return [0, 1.1 * float(rows["value"].max())]
    return [math.log10(max(0.7 * float(rows["value"].min()), FLOOR)), 0.05]


def _panel(rows, panel: int, log: bool) -> tuple[list[dict], dict]:
    """Traces of a panel's lines, and the names at their ends; of many lines some."""
    parts = sorted(rows["component"].unique(), key=lambda name: (len(name), name))
    colours = style.ordered(len(parts)) if log else style.COLOURS
    traces, ends = [], {}
    for part, colour in zip(parts, colours, strict=False):
        line = rows[rows["component"] == part]
        traces += marks.seeds(line, colour, part, panel)
        end = marks.last_mean(line)
        if len(parts) <= MOST_NAMED or part in NAMED:
            ends[part] = (math.log10(max(end, FLOOR)) if log else end, colour)
    return traces, ends
