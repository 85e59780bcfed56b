"""Squared error by example of a model at one step, against predictors that are known."""

import plotly.graph_objects as go

from devdash.figures import seed_marks as marks
from devdash.figures import style

TITLE = "Error by example: what the examples before are worth"
DATA = {"errors": "regression_errors", "floors": "regression_floors"}
OPTIONS = {"model": None, "step": None}
HEIGHT_PX = 330


def draw(data) -> go.Figure:
    """data: squared error by example at a step, of the chosen model (thick) and of other seeds (thin);
    that of known predictors on the same sequences (dashed; a level line is a mean over examples)."""
    errors, floors = data["errors"], data["floors"]
    own = errors[errors["chosen"]]
    if own.empty:
        return style.blank("No error by example is stored for this model.")
    figure, named = go.Figure(), {}
    last = int(own["example"].max())
    for predictor, floor in floors.groupby("predictor"):
        colour = marks.PREDICTORS.get(predictor, style.GREY)
        mean = floor["example"].isna().all()
        y = [floor["value"].iloc[0]] * last if mean else floor["value"]
        name = f"{predictor}, mean" if mean else predictor
        figure.add_scatter(
            x=list(range(1, last + 1)) if mean else floor["example"],
            y=y,
            mode="lines",
            line={"color": colour, "width": 1.8, "dash": "dash"},
            hovertemplate=f"{name}: %{{y:.3g}}<extra></extra>",
        )
        named[name] = (float(list(y)[-1]), colour)
    for model, other in errors[~errors["chosen"]].groupby("model"):
        figure.add_scatter(
            x=other["example"],
            y=other["value"],
            mode="lines",
            name=model,
            line={"color": style.faint(marks.MODEL, 0.5), "width": 0.8},
            hovertemplate=f"{model}, example %{{x}}: %{{y:.3g}}<extra></extra>",
        )
    model = own["model"].iloc[0]
    figure.add_scatter(
        x=own["example"],
        y=own["value"],
        mode="lines+markers",
        marker={"size": 6, "color": marks.MODEL},
        line={"color": marks.MODEL, "width": 2.4},
        error_y={"array": 1.96 * own["std_err"], "width": 0, "thickness": 1.2, "color": marks.MODEL},
        hovertemplate=f"{model}, example %{{x}}: %{{y:.3g}}<extra></extra>",
    )
    named[f"<b>{model}</b>"] = (own["value"].iloc[-1], marks.MODEL)
    top = 1.1 * max([*(own["value"] + 1.96 * own["std_err"]), *floors["value"]])
    figure.update_layout(annotations=marks.ends(named, 1, HEIGHT_PX * 0.75 / top))
    figure.update_xaxes(title="example", dtick=1, range=[0.7, last + 0.3])
    figure.update_yaxes(title="squared error, 95 % interval", range=[0, top])
    return figure.update_layout(showlegend=False, height=HEIGHT_PX, margin={"t": 14, "r": 145})
