"""Singular values of embedding and positions, and the gains of layer norms, over training."""

import math

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import seed_marks as marks
from devdash.figures import stage_marks, style

TITLE = "Collapse: directions of the embeddings and gains of layer norms that training gives up"
DATA = {"lines": "seed_lines", "stages": "stages"}
PANELS = {
    "embedding share": "share of token embedding’s σ²",
    "position share": "share of position embedding’s σ²",
    "layer-norm gain": "norm of layer norm’s gains",
}
OPTIONS = {"names": tuple(PANELS), "step": None}
PANEL_PX, GAP_PX = 190, 58
NARROW_PX = 255  # width of the axis in a narrow window
MOST_NAMED, NAMED = 5, ("value 1", "value 2", "value 4", "value 16")
SHARES = (1e-4, 1e-3, 1e-2, 0.1, 1)
FLOOR = SHARES[0]  # a share below it is as good as gone


def draw(data, step=None) -> go.Figure:
    """data: shares of squared singular values and norms of gains of every seed; stages of the first.

    Shares stand on log axes, since it is the smallest that collapse. step: the cursor.
    """
    lines = data["lines"][data["lines"]["step"] > 0]
    if lines.empty:
        return style.blank("No singular values are stored for this run.")
    shown = dict(list(lines.groupby("name")))
    shown = {name: shown[name] for name in PANELS if name in shown}
    height = PANEL_PX * len(shown) + GAP_PX * (len(shown) - 1)
    figure = make_subplots(rows=len(shown), vertical_spacing=GAP_PX / height if len(shown) > 1 else 0)
    traces, notes, shapes = [], [], []
    for panel, (name, own) in enumerate(shown.items(), 1):
        span = _span(own, log := name.endswith("share"))
        drawn, named = _panel(own, panel, log, PANEL_PX / (span[1] - span[0]))
        traces, notes = traces + drawn, [*notes, *named, marks.title(name, panel)]
        shapes += stage_marks.shapes(data["stages"], lines["step"], step, panel)
        figure.update_yaxes(
            title=PANELS[name],
            type="log" if log else "linear",
            range=span,
            row=panel,
            col=1,
            tickvals=SHARES if log else None,
            ticktext=[f"{share:g}" for share in SHARES] if log else None,
        )
    figure.add_traces(traces)
    figure.update_layout(shapes=shapes, annotations=notes, showlegend=False)
    stage_marks.step_axis(figure, lines["step"], title="", matches="x")
    figure.update_xaxes(title="training step", row=len(shown), col=1)
    top = 34 + 17 * marks.name_stages(figure, data["stages"], lines["step"], NARROW_PX)
    return figure.update_layout(height=height + 60 + top, margin={"t": top, "r": 105})


def _span(own, log: bool) -> list[float]:
    """Range of a panel's axis; on a log axis of the exponents."""
    if not log:
        return [0, 1.1 * float(own["value"].max())]
    return [math.log10(max(0.7 * float(own["value"].min()), FLOOR)), 0.05]


def _panel(own, panel: int, log: bool, px: float) -> tuple[list[dict], list[dict]]:
    """Traces of a panel's lines, and their names; of many lines some. px: of one unit of the axis."""
    parts = sorted(own["component"].unique(), key=lambda name: (len(name), name))
    colours = marks.ordered(len(parts)) if log else style.COLOURS
    traces, named = [], {}
    for part, colour in zip(parts, colours, strict=False):
        line = own[own["component"] == part]
        traces += marks.seeds(line, colour, part, panel)
        end = marks.last(line)
        if len(parts) <= MOST_NAMED or part in NAMED:
            named[part] = (math.log10(max(end, FLOOR)) if log else end, colour)
    return traces, marks.ends(named, panel, px)
