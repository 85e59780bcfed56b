"""Squared error by example of a model at one step, against ridge and other predictors."""

import plotly.graph_objects as go

from devdash.figures import marks, style
from devdash.figures.regression.predictors import MODEL, PREDICTORS

TITLE = "Error by example: what the examples before are worth"
DATA = {"errors": "regression_errors", "floors": "regression_floors"}
OPTIONS = {"model": None, "step": None}
HEIGHT_PX = 330


def draw(data) -> go.Figure:
    """data: squared error by example at a step, of the chosen model (thick) and of other seeds (thin);
    that of predictors on the same sequences (dashed; a level line is a mean over examples)."""
    errors, floors = data["errors"], data["floors"]
    chosen = errors[errors["chosen"]]
    if chosen.empty:
        return style.blank("No error by example is stored for this model.")
    traces, ends = [], {}
    last = int(chosen["example"].max())
    for predictor, floor in floors.groupby("predictor"):
        colour, level = PREDICTORS.get(predictor, style.GREY), floor["example"].isna().all()
        name = f"{predictor}, mean" if level else predictor
        x = list(range(1, last + 1)) if level else floor["example"]
        y = [floor["value"].iloc[0]] * last if level else floor["value"]
        traces.append(marks.line(None, x, y, colour, 1.8, "dash", hover=f"{name}: %{{y:.3g}}"))
        ends[name] = (floor["value"].iloc[-1], colour)
    hover = "{model}, example %{x}: %{y:.3g}"
    for _, seed in errors[~errors["chosen"]].groupby("model"):
        traces.append(marks.line(seed, "example", "value", style.faint(MODEL, 0.5), 0.8, hover=hover))
    look = {"joined": 2.4, "hover": hover}
    traces.append(marks.points(chosen, "example", "value", MODEL, "std_err", **look))
    ends[f"<b>{chosen['model'].iloc[0]}</b>"] = (chosen["value"].iloc[-1], MODEL)
    top = 1.1 * max([*marks.interval(chosen["value"], chosen["std_err"])[1], *floors["value"]])
    figure = go.Figure(traces)
    figure.update_layout(annotations=marks.end_names(ends, HEIGHT_PX * 0.75 / top))
    figure.update_xaxes(title="example", dtick=1, range=[0.7, last + 0.3])
    figure.update_yaxes(title="squared error, 95 % interval", range=[0, top])
    return figure.update_layout(showlegend=False, height=HEIGHT_PX, margin={"t": 14, "r": 145})
