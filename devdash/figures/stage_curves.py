"""Loss and λ̂ of the whole model over training, with the stages found on λ̂."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style
from devdash.verdicts import is_reliable

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
CURSOR = True
LOSS, LLC = style.BLUE, style.VERMILION
PANEL_PX = (190, 270)
FILLED = 0.85  # of a panel's height by the values in it; the rest is margin


def draw(data, model=None, smoothed=True) -> go.Figure:
    """data: stages of one model; λ̂, loss and smoothed λ̂ of all. Thin: other seeds; dashed: others.

    smoothed: draw the smoothed λ̂ with its 95 % band.
    """
    stages, llc = data["stages"], data["llc"]
    if stages.empty or llc.empty:
        return style.blank("This run has no stages found on λ̂.")
    model = stages["model"].iloc[0] if model is None else model
    steps = [*llc["step"], *data["loss"]["step"]]
    figure = make_subplots(rows=2, shared_xaxes=True, vertical_spacing=0.05, row_heights=list(PANEL_PX))
    top = 14 + marks.name_stages(figure, stages, steps)
    llc, losses, smooth = (rows[rows["step"] > 0] for rows in (llc, data["loss"], data["smooth"]))
    bounds = style.span(llc)
    traces, ends = _losses(losses, model)
    notes = _names(ends, losses["loss"], model, LOSS, 1)
    drawn, ends = _estimates(llc, smooth if smoothed else smooth.head(0), model)
    notes += _names(ends, bounds or llc["llc"], model, LLC, 2)
    outside = marks.beyond(llc[llc["model"] == model], "step", "llc", bounds, LLC, 2)
    figure.add_traces([*traces, *drawn, *outside])
    shapes = [shape for panel in (1, 2) for shape in marks.stage_shapes(stages, steps, panel)]
    shapes += _intervals(stages)
    figure.update_layout(shapes=shapes, annotations=[*figure.layout.annotations, *notes])
    marks.step_axis(figure, steps, title="", row=1, col=1)
    marks.step_axis(figure, steps, row=2, col=1)
    figure.update_yaxes(title=marks.with_unit(_loss_name(data["loss"]), data["unit"]), row=1, col=1)
    figure.update_yaxes(title=marks.llc_title(llc, settings=True), range=bounds, row=2, col=1)
    margin = {"t": top, "r": 130}
    return figure.update_layout(showlegend=False, height=sum(PANEL_PX) + 60 + top, margin=margin)


def _loss_name(losses) -> str:
    """What the loss is of; where some are of one kind and some of the other, only that it is a loss."""
    kinds = losses["kind"].unique()
    return kinds[0] if len(kinds) == 1 else "loss"


def _look(name: str, model: str, colour: str) -> tuple[str, float, str | None]:
    """Colour, width and dash: the chosen model thick, its other seeds thin, other models grey and dashed."""
    if name == model:
        return colour, 2, None
    return (style.faint(colour, 0.6), 1, None) if marks.is_seed_of(name, model) else (style.GREY, 1.3, "dash")


def _losses(losses, model: str) -> tuple[list[dict], dict]:
    """Lines of the losses, and where they end."""
    words, traces, ends = "step %{x}: loss %{y:.3f}", [], {}
    for name, rows in losses.groupby("model"):
        traces.append(marks.line(rows, "step", "loss", *_look(name, model, LOSS), hover=words, about=name))
        ends[name] = rows["loss"].iloc[-1]
    return traces, ends


def _estimates(llc, smooth, model: str) -> tuple[list[dict], dict]:
    """Smoothed λ̂ with its band, or a line through reliable estimates; points of the chosen model."""
    traces, ends = [], {}
    for name, rows in llc.groupby("model"):
        curve, (colour, width, dash) = smooth[smooth["model"] == name], _look(name, model, LLC)
        words = {"hover": "step %{x:.0f}: smoothed λ̂ = %{y:.2f}", "about": name, "panel": 2}
        if curve.empty:
            curve = rows[is_reliable(rows)].rename(columns={"llc": "mean"})
            width = 1 if name == model else width
            words["hover"] = "step %{x}: λ̂ = %{y:.2f}"
        elif name == model:
            low_high = marks.interval(curve["mean"], curve["sd"])
            traces.append(marks.band(curve, "step", *low_high, LLC, 0.18, 2))
        traces.append(marks.line(curve, "step", "mean", colour, width, dash, **words))
        ends |= {name: curve["mean"].iloc[-1]} if len(curve) else {}
    chosen = llc[llc["model"] == model]
    return [*traces, marks.estimates(chosen, "step", "llc", LLC, before="step {step}: ", panel=2)], ends


def _intervals(stages) -> list[dict]:
    """95 % intervals of the ends, as bars at the foot of the lower panel."""
    inner = stages[stages["stage"] < stages["stage"].max()].dropna(subset=["end_low", "end_high"])
    look = {"type": "line", "xref": "x2", "yref": "y2 domain", "y0": 0.03, "y1": 0.03}
    return [
        {**look, "x0": max(low, 1), "x1": max(high, 1), "line": {"color": style.GREY, "width": 4}}
        for low, high in zip(inner["end_low"], inner["end_high"], strict=True)
    ]


def _names(ends: dict, values, model: str, colour: str, panel: int) -> list[dict]:
    """Names of the models at their curves' ends; one alone needs none."""
    if len(ends) < 2:
        return []
    names = {}
    for name, end in marks.group_ends(ends, model).items():
        seed = marks.is_seed_of(name, model) or name.endswith("other seeds")
        names[f"<b>{name}</b>" if name == model else name] = end, colour if seed else style.GREY
    px = FILLED * PANEL_PX[panel - 1] / max(max(values) - min(values), 1e-9)
    return marks.end_names(names, px, panel)
