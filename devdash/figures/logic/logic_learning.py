"""Match3: accuracy and λ̂ of every agent over training, on one axis of steps."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style
from devdash.figures.logic import marks as logic_marks
from devdash.verdicts import DIVERGED

TITLE = "Match3: accuracy of each agent, and its complexity"
DATA = {"accuracy": "match3_accuracy", "llc": "match3_llc"}
OPTIONS = {}
PANEL_PX = 260


def draw(data) -> go.Figure:
    """data: accuracy, and λ̂ with error and verdict, of every model. Hollow: an estimate that is not reliable;
    one that diverged is a point, but in no mean."""
    accuracy, llc = (data[name][data[name]["step"] > 0] for name in ("accuracy", "llc"))
    if accuracy.empty:
        return style.blank("No accuracy of an agent on Match3 is stored for this run.")
    panels = [accuracy, llc[llc["verdict"] != DIVERGED]] if len(llc) else [accuracy]
    figure = make_subplots(rows=len(panels), shared_xaxes=True, vertical_spacing=0.07)
    traces, notes = _estimates(llc) if len(llc) else [], []
    for panel, lines in enumerate(panels, 1):
        low, high = _range(lines)
        traces += marks.beyond(llc, "step", "value", [low, high], style.GREY, 2) if panel == 2 else []
        figure.update_yaxes(range=[low, high], row=panel, col=1)
        ends = {}
        for agent in logic_marks.ordered(lines["agent"]):
            rows, colour = lines[lines["agent"] == agent], logic_marks.colour(agent)
            name = logic_marks.name(agent)
            traces += marks.seeds(rows, colour, name, panel)
            ends[name] = (marks.last_mean(rows), colour)
        notes += marks.end_names(ends, PANEL_PX / max(high - low, 1e-9), panel)
    figure.add_traces(traces)
    figure.update_layout(annotations=notes, showlegend=False)
    marks.step_axes(figure, accuracy["step"], len(panels))
    figure.update_yaxes(title="accuracy over entities", tickformat=".0%", row=1, col=1)
    if len(llc):
        figure.update_yaxes(title=marks.llc_title(llc, settings=True), row=2, col=1)
    return figure.update_layout(height=PANEL_PX * len(panels) + 90, margin={"t": 34, "r": 145})


def _range(lines) -> tuple[float, float]:
    """Range of a panel's axis: all accuracies; λ̂ without what lies far off."""
    bounds = style.span(lines.rename(columns={"value": "llc"})) if "verdict" in lines else None
    if bounds is not None:
        return tuple(bounds)
    low, high = lines["value"].min(), lines["value"].max()
    margin = 0.04 * (high - low) + 1e-3
    return low - margin, high + margin


def _estimates(llc) -> list[dict]:
    """Every estimate with its error, in its agent's colour."""
    colours = [style.faint(logic_marks.colour(agent), 0.7) for agent in llc["agent"]]
    words = {"before": "{model}, step {step:,}: ", "size": 5, "panel": 2}
    return [marks.estimates(llc, "step", "value", colours, **words)]
