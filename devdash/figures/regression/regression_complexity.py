"""λ̂, the trace of the Hessian and the loss of every seed over training, on one axis of steps."""

import math

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import seed_marks as marks
from devdash.figures import stage_marks, style

TITLE = "Complexity and loss: where λ̂ falls while the loss still falls"
DATA = {"llc": "seed_llc", "lines": "seed_lines", "stages": "stages"}
OPTIONS = {"names": ("Hessian trace", "MSE"), "step": None}
COLOURS = {"λ̂": style.VERMILION, "Hessian trace": style.PURPLE, "MSE": style.BLUE}
PANEL_PX = {"λ̂": 260, "Hessian trace": 150, "MSE": 170}
NARROW_PX = 340  # width of the axis in a narrow window


def draw(data, step=None) -> go.Figure:
    """data: λ̂ with error and verdict, Hessian trace and MSE of every seed; stages of the first.

    Hollow: an estimate that is not reliable; one that diverged is a point, but in no mean. step: the cursor.
    """
    llc, lines = (data[name][data[name]["step"] > 0] for name in ("llc", "lines"))
    if llc.empty:
        return style.blank("No λ̂ of a seed is stored for this run.")
    shown = {"λ̂": llc} | dict(list(lines.groupby("name")))
    shown = {name: shown[name] for name in PANEL_PX if name in shown}
    heights = [PANEL_PX[name] for name in shown]
    figure = make_subplots(rows=len(shown), shared_xaxes=True, vertical_spacing=0.06, row_heights=heights)
    steps = [*llc["step"], *lines["step"]]
    shapes, notes, traces = [], [], []
    for panel, (name, own) in enumerate(shown.items(), 1):
        if name == "λ̂":
            traces += _estimates(own)
            own = own[own["verdict"] != "diverged"]
        traces += marks.seeds(own, COLOURS[name], name, panel)
        at = _peak(own) if name != "MSE" else None
        if at is not None:
            text = f"{name}: ▼ highest mean over seeds {at['mean']:.3g}, step {at['step']:,.0f}"
            notes += [_mark(at, panel, COLOURS[name]), marks.title(text, panel)]
        shapes += stage_marks.shapes(data["stages"], steps, step, panel)
        figure.update_yaxes(title=_axis_title(name, llc), row=panel, col=1)
    figure.add_traces(traces)
    figure.update_layout(shapes=shapes, annotations=notes, showlegend=False)
    stage_marks.step_axis(figure, steps, title="", matches="x")
    figure.update_xaxes(title="training step", row=len(shown), col=1)
    figure.update_yaxes(range=style.span(llc.rename(columns={"value": "llc"})), row=1, col=1)
    top = 34 + 17 * marks.name_stages(figure, data["stages"], steps, NARROW_PX)
    return figure.update_layout(height=sum(heights) + 90 + top, margin={"t": top, "r": 25})


def _axis_title(name: str, llc) -> str:
    """λ̂ is comparable at equal settings only, so the axis states them."""
    if name != "λ̂":
        return name
    return f"λ̂, 95 % interval<br>nβ = {llc['nbeta'].iloc[0]:.3g}, γ = {llc['gamma'].iloc[0]:.3g}"


def _estimates(llc) -> list[dict]:
    """Every estimate with its error; a click on one moves the cursor."""
    colour = style.faint(COLOURS["λ̂"], 0.55)
    return [
        {
            "type": "scatter",
            "x": llc["step"],
            "y": llc["value"],
            "mode": "markers",
            "marker": style.reliability(llc["verdict"], colour) | {"size": 4},
            "error_y": {"array": 1.96 * llc["std_err"], "color": colour, "thickness": 1, "width": 0},
            "customdata": llc[["step", "model", "std_err", "verdict"]],
            "unselected": {"marker": {"opacity": 1}},
            "hovertemplate": "%{customdata[1]}, step %{x:,}: λ̂ = %{y:.4g} ± %{customdata[2]:.2g}"
            "<br>%{customdata[3]}<extra></extra>",
        }
    ]


def _peak(own):
    """Step and value of the largest mean over seeds; None where there is no curve."""
    shared = marks.band(own)
    return None if len(shared) < 2 else shared.loc[shared["mean"].idxmax()]


def _mark(at, panel: int, colour: str) -> dict:
    """A triangle over a point of a panel."""
    return {
        "text": "▼",
        "x": math.log10(at["step"]),
        "y": at["mean"],
        "yanchor": "bottom",
        "yshift": 3,
        "showarrow": False,
        "font": {"color": colour, "size": 14},
        "xref": stage_marks.axis("x", panel),
        "yref": stage_marks.axis("y", panel),
    }
