"""λ̂, the trace of the Hessian and the loss of every seed over training, on one axis of steps."""

import math

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style
from devdash.figures.regression.predictors import TITLE_PX
from devdash.stored_names import HESSIAN, MSE
from devdash.verdicts import DIVERGED

TITLE = "Complexity and loss: where λ̂ falls while the loss still falls"
DATA = {"llc": "seed_llc", "lines": "seed_lines", "stages": "stages"}
OPTIONS = {"names": (HESSIAN, MSE), "step": None}
CURSOR = True
COLOURS = {"λ̂": style.VERMILION, HESSIAN: style.PURPLE, MSE: style.BLUE}
PANEL_PX = {"λ̂": 260, HESSIAN: 150, MSE: 170}
NARROW_PX = 340  # width of the axis in a narrow window


def draw(data) -> go.Figure:
    """data: λ̂ with error and verdict, Hessian trace and MSE of every seed; stages of the first.

    Hollow: an estimate that is not reliable; one that diverged is a point, but in no mean.
    """
    llc, lines = (data[name][data[name]["step"] > 0] for name in ("llc", "lines"))
    if llc.empty:
        return style.blank("No λ̂ of a seed is stored for this run.")
    panels = {"λ̂": llc[llc["verdict"] != DIVERGED]} | dict(list(lines.groupby("name")))
    panels = {name: panels[name] for name in PANEL_PX if name in panels}
    heights = [PANEL_PX[name] for name in panels]
    figure = make_subplots(rows=len(panels), shared_xaxes=True, vertical_spacing=0.06, row_heights=heights)
    steps = [*llc["step"], *lines["step"]]
    shapes, notes, traces = [], [], [_estimates(llc)]
    for panel, (name, rows) in enumerate(panels.items(), 1):
        traces += marks.seeds(rows, COLOURS[name], name, panel)
        notes += _peak(rows, name, panel) if name != MSE else []
        shapes += marks.stage_shapes(data["stages"], steps, panel)
        figure.update_yaxes(title=name, row=panel, col=1)
    figure.add_traces(traces)
    figure.update_layout(shapes=shapes, annotations=notes, showlegend=False)
    marks.step_axes(figure, steps, len(panels))
    bounds = style.span(llc.rename(columns={"value": "llc"}))
    figure.add_traces(marks.beyond(llc, "step", "value", bounds, COLOURS["λ̂"]))
    figure.update_yaxes(title=marks.llc_title(llc, settings=True), range=bounds, row=1, col=1)
    top = 34 + marks.name_stages(figure, data["stages"], steps, NARROW_PX, TITLE_PX)
    return figure.update_layout(height=sum(heights) + 90 + top, margin={"t": top, "r": 25})


def _estimates(llc) -> dict:
    """Every estimate with its error; a click on one moves the cursor."""
    words = {"before": "step {step:,}, {model}: ", "size": 4}
    dots = marks.estimates(llc, "step", "value", style.faint(COLOURS["λ̂"], 0.55), **words)
    return dots | {"unselected": {"marker": {"opacity": 1}}}


def _peak(rows, name: str, panel: int) -> list[dict]:
    """A triangle over the largest mean over seeds, and its step in the panel's title."""
    means = marks.mean_and_range(rows)
    if len(means) < 2:
        return []
    top = means.loc[means["mean"].idxmax()]
    text = f"{name}: ▼ highest mean over seeds {top['mean']:.3g}, step {top['step']:,.0f}"
    place = {"colour": COLOURS[name], "at": "above center", "panel": panel, "up": 3, "size": 14}
    return [marks.tag("▼", math.log10(top["step"]), top["mean"], **place), marks.title(text, panel)]
