"""Match3: accuracy and λ̂ of every agent over training, on one axis of steps."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import seed_marks as regression_marks
from devdash.figures import stage_marks, style
from devdash.figures.logic import marks as logic_marks

TITLE = "Match3: accuracy of each agent, and its complexity"
DATA = {"accuracy": "match3_accuracy", "llc": "match3_llc"}
OPTIONS = {}
PANEL_PX = {"accuracy": 260, "llc": 260}


def draw(data) -> go.Figure:
    """data: accuracy, and λ̂ with error and verdict, of every model. Hollow: an estimate that is not reliable;
    one that diverged is a point, but in no mean."""
    accuracy, llc = (data[name][data[name]["step"] > 0] for name in PANEL_PX)
    if accuracy.empty:
        return style.blank("No accuracy of an agent on Match3 is stored for this run.")
    panels = {"accuracy": accuracy} | ({"llc": llc} if len(llc) else {})
    heights = [PANEL_PX[name] for name in panels]
    figure = make_subplots(rows=len(panels), shared_xaxes=True, vertical_spacing=0.07, row_heights=heights)
    traces, notes = [], []
    for panel, (name, lines) in enumerate(panels.items(), 1):
        if name == "llc":
            traces += [_estimates(lines)]
            lines = lines[lines["verdict"] != "diverged"]
        low, high = _range(name, lines)
        figure.update_yaxes(range=[low, high], row=panel, col=1)
        named = {}
        for agent in logic_marks.ordered(lines["agent"]):
            own, colour = lines[lines["agent"] == agent], logic_marks.colour(agent)
            traces += regression_marks.seeds(own, colour, logic_marks.name(agent), panel)
            named[logic_marks.name(agent)] = (regression_marks.last(own), colour)
        notes += regression_marks.ends(named, panel, PANEL_PX[name] / max(high - low, 1e-9))
    figure.add_traces(traces)
    figure.update_layout(annotations=notes, showlegend=False)
    stage_marks.step_axis(figure, accuracy["step"], title="", matches="x")
    figure.update_xaxes(title="training step", row=len(panels), col=1)
    figure.update_yaxes(title="accuracy over entities", tickformat=".0%", row=1, col=1)
    if len(panels) > 1:
        settings = f"nβ = {llc['nbeta'].iloc[0]:.3g}, γ = {llc['gamma'].iloc[0]:.3g}"
        figure.update_yaxes(title=f"λ̂, 95 % interval<br>{settings}", row=2, col=1)
    return figure.update_layout(height=sum(heights) + 90, margin={"t": 34, "r": 145})


def _range(name: str, lines) -> tuple[float, float]:
    """Range of a panel's axis: all accuracies; λ̂ without what lies far off."""
    span = style.span(lines.rename(columns={"value": "llc"})) if name == "llc" else None
    if span is not None:
        return tuple(span)
    low, high = lines["value"].min(), lines["value"].max()
    margin = 0.04 * (high - low) + 1e-3
    return low - margin, high + margin


def _estimates(llc) -> dict:
    """Every estimate with its error, in its agent's colour."""
    colours = [style.faint(logic_marks.colour(agent), 0.7) for agent in llc["agent"]]
    good = llc["verdict"] == "reliable"
    return {
        "type": "scatter",
        "x": llc["step"],
        "y": llc["value"],
        "mode": "markers",
        "xaxis": "x2",
        "yaxis": "y2",
        "marker": {
            "size": 5,
            "color": [c if g else style.CLEAR for c, g in zip(colours, good, strict=True)],
            "line": {"color": colours, "width": 1.2},
        },
        "error_y": {
            "array": 1.96 * llc["std_err"],
            "color": style.faint(style.GREY, 0.6),
            "thickness": 1,
            "width": 0,
        },
        "customdata": llc[["model", "std_err", "verdict"]],
        "hovertemplate": "%{customdata[0]}, step %{x:,}: λ̂ = %{y:.4g} ± %{customdata[1]:.2g}"
        "<br>%{customdata[2]}<extra></extra>",
    }
