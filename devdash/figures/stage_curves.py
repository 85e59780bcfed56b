"""Loss and λ̂ of the whole model over training, with the stages found on λ̂."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import stage_marks, style

TITLE = "Stages: where λ̂ stops rising and starts again"
DATA = {
    "stages": "stages",
    "llc": "stage_estimates",
    "loss": "stage_losses",
    "smooth": "smoothed_llc",
    "unit": "loss_unit",
}
WIDE = True
OPTIONS = {"model": None, "method": None, "nbeta": None, "length_scale": None, "smoothed": True, "step": None}
LOSS, LLC = style.BLUE, style.VERMILION
PANEL_PX = {"loss": 190, "llc": 270}


def draw(data, model=None, smoothed=True, step=None) -> go.Figure:
    """data: stages of one model; λ̂, loss and smoothed λ̂ of all. Thin: other seeds; dashed: others.

    smoothed: draw the smoothed λ̂ with its 95 % band. step: where the cursor stands.
    """
    stages, llc = data["stages"], data["llc"]
    if stages.empty or llc.empty:
        return style.blank("This run has no stages found on λ̂.")
    model = stages["model"].iloc[0] if model is None else model
    steps = [*llc["step"], *data["loss"]["step"]]
    figure = make_subplots(
        rows=2, shared_xaxes=True, vertical_spacing=0.05, row_heights=list(PANEL_PX.values())
    )
    rows = stage_marks.name_stages(figure, stages, steps)
    _losses(figure, data["loss"], model)
    _estimates(figure, llc, data["smooth"], model, smoothed)
    marks = [mark for panel in (1, 2) for mark in stage_marks.shapes(stages, steps, step, panel)]
    figure.update_layout(shapes=[*marks, *_intervals(stages)])
    stage_marks.step_axis(figure, steps, title="", row=1, col=1)
    stage_marks.step_axis(figure, steps, row=2, col=1)
    figure.update_yaxes(title=stage_marks.with_unit("test loss", data["unit"]), row=1, col=1)
    figure.update_yaxes(title=_axis_title(llc), row=2, col=1)
    margin = {"t": 14 + 17 * rows, "r": 130}
    return figure.update_layout(
        showlegend=False, height=sum(PANEL_PX.values()) + 60 + margin["t"], margin=margin
    )


def _axis_title(llc) -> str:
    """λ̂ is comparable at equal settings only, so the axis states them."""
    gamma = llc["gamma"].dropna()
    settings = f"nβ = {llc['nbeta'].iloc[0]:.3g}" + (f", γ = {gamma.iloc[0]:.3g}" if len(gamma) else "")
    return f"λ̂, 95 % interval<br>{settings}"


def _line(name: str, model: str, colour: str) -> dict:
    """The chosen model thick, its other seeds thin, other models grey and dashed."""
    if name == model:
        return {"color": colour, "width": 2}
    if stage_marks.is_seed_of(name, model):
        return {"color": style.faint(colour, 0.6), "width": 1}
    return {"color": style.GREY, "width": 1.3, "dash": "dash"}


def _losses(figure: go.Figure, losses, model: str) -> None:
    lines = dict(list(losses[losses["step"] > 0].groupby("model")))
    for name, own in lines.items():
        figure.add_scatter(
            x=own["step"],
            y=own["loss"],
            mode="lines",
            line=_line(name, model, LOSS),
            row=1,
            col=1,
            hovertemplate="step %{x}: loss %{y:.3f}<extra>" + name + "</extra>",
        )
    shown = {name: own["loss"].iloc[-1] for name, own in lines.items()}
    _names(figure, shown, losses["loss"], PANEL_PX["loss"], model, LOSS, 1)


def _estimates(figure: go.Figure, llc, smooth, model: str, smoothed: bool) -> None:
    ends = {}
    for name, own in llc[llc["step"] > 0].groupby("model"):
        curve = smooth[(smooth["model"] == name) & (smooth["step"] > 0)]
        if smoothed and len(curve):
            _smooth(figure, curve, name, model)
            ends[name] = curve["mean"].iloc[-1]
        else:
            own_good = own[own["verdict"] == "reliable"]
            line = _line(name, model, LLC) | ({"width": 1} if name == model else {})
            figure.add_scatter(
                x=own_good["step"],
                y=own_good["llc"],
                mode="lines",
                line=line,
                row=2,
                col=1,
                hovertemplate="step %{x}: λ̂ = %{y:.2f}<extra>" + name + "</extra>",
            )
            ends[name] = own_good["llc"].iloc[-1] if len(own_good) else None
    _points(figure, llc[(llc["model"] == model) & (llc["step"] > 0)])
    bounds = style.span(llc[llc["step"] > 0])
    figure.update_yaxes(range=bounds, row=2, col=1)
    shown = {name: end for name, end in ends.items() if end is not None}
    _names(figure, shown, bounds or llc["llc"], PANEL_PX["llc"], model, LLC, 2)


def _smooth(figure: go.Figure, curve, name: str, model: str) -> None:
    if name == model:
        low, high = curve["mean"] - 1.96 * curve["sd"], curve["mean"] + 1.96 * curve["sd"]
        figure.add_scatter(
            x=[*curve["step"], *curve["step"][::-1]],
            y=[*high, *low[::-1]],
            fill="toself",
            mode="none",
            fillcolor=style.faint(LLC, 0.18),
            hoverinfo="skip",
            row=2,
            col=1,
        )
    figure.add_scatter(
        x=curve["step"],
        y=curve["mean"],
        mode="lines",
        line=_line(name, model, LLC),
        row=2,
        col=1,
        hovertemplate="step %{x:.0f}: smoothed λ̂ = %{y:.2f}<extra>" + name + "</extra>",
    )


def _points(figure: go.Figure, own) -> None:
    figure.add_scatter(
        x=own["step"],
        y=own["llc"],
        mode="markers",
        marker=style.reliability(own["verdict"], LLC),
        error_y={"array": 1.96 * own["std_err"], "color": LLC, "thickness": 1, "width": 0},
        customdata=own[["step", "verdict", "std_err"]],
        row=2,
        col=1,
        hovertemplate="step %{x}: λ̂ = %{y:.2f} ± %{customdata[2]:.2f}<br>%{customdata[1]}<extra></extra>",
    )


def _intervals(stages) -> list[dict]:
    """95 % intervals of the ends, as bars at the foot of the lower panel."""
    inner = stages[stages["stage"] < stages["stage"].max()].dropna(subset=["end_low", "end_high"])
    look = {"type": "line", "xref": "x2", "yref": "y2 domain", "y0": 0.03, "y1": 0.03}
    return [
        {**look, "x0": max(low, 1), "x1": max(high, 1), "line": {"color": style.GREY, "width": 4}}
        for low, high in zip(inner["end_low"], inner["end_high"], strict=True)
    ]


def _names(figure: go.Figure, ends: dict, values, height: int, model: str, colour: str, row: int) -> None:
    """Names of the models at their curves' ends, moved apart where they would touch."""
    if len(ends) < 2:
        return
    ends = stage_marks.name_ends(ends, model)
    px = stage_marks.FILLED * height / max(max(values) - min(values), 1e-9)
    heights = [value * px for value in ends.values()]
    for (name, value), place, own in zip(ends.items(), stage_marks.spread(heights, 15), heights, strict=True):
        shade = colour if stage_marks.is_seed_of(name, model) or name.endswith("other seeds") else style.GREY
        figure.add_annotation(
            text=f"<b>{name}</b>" if name == model else name,
            x=1,
            xref="paper",
            xanchor="left",
            xshift=6,
            y=value,
            yref=stage_marks.axis("y", row),
            yshift=place - own,
            font={"color": shade},
        )
