"""λ̂ of heads by layer, with the data and with the one-layer model's outputs as target, side by side."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style
from devdash.verdicts import DIVERGED, is_reliable

TITLE = "λ̂ of heads by layer: target data, and target one-layer model"
DATA = {"layers": "target_layers", "heads": "target_heads", "stages": "head_stages"}
OPTIONS = {}
LAYER_COLOURS = (style.ORANGE, style.PURPLE, style.SKY, style.GREY)  # not those of kinds of heads
PANEL_PX = 330


def draw(data) -> go.Figure:
    """data: mean λ̂ of each layer's heads (bold, 95 % band) and λ̂ of each head (thin), for each target.

    Hollow: an estimate of that head, or for a mean one of its heads, is not reliable.
    """
    layers, heads, stages = (data[name] for name in ("layers", "heads", "stages"))
    layers, heads = layers[layers["step"] > 0], heads[heads["step"] > 0]
    if layers.empty:
        return style.blank("No λ̂ of heads is stored for this run.")
    targets = list(layers["target"].unique())
    figure = make_subplots(cols=len(targets), horizontal_spacing=0.12)
    traces, shapes, notes = [], [], []
    for panel, target in enumerate(targets, 1):
        means, single = (rows[rows["target"] == target] for rows in (layers, heads))
        drawn = single[single["verdict"] != DIVERGED]
        single = single.drop(columns="std_err")  # no interval of a head is drawn
        bounds = style.span(single)
        traces += [_head(curve, panel) for _, curve in drawn.groupby("component")]
        traces += marks.beyond(single, "step", "llc", bounds, style.GREY, panel)
        traces += [mark for layer, mean in means.groupby("layer") for mark in _mean(mean, layer, panel)]
        shapes += marks.stage_shapes(stages, layers["step"], panel)
        words = "target: data" if target == "data" else f"target: {target} model"
        notes.append(marks.title(words, panel))
        figure.update_yaxes(title="", range=bounds, row=1, col=panel)
    notes += _names(means, bounds, len(targets))
    figure.add_traces(traces)
    figure.update_layout(shapes=shapes, annotations=notes, showlegend=False)
    marks.step_axis(figure, layers["step"], matches="x")
    title = f"λ̂, nβ = {heads['nbeta'].iloc[0]:.3g}, γ = {heads['gamma'].iloc[0]:.3g}"
    figure.update_yaxes(title=marks.llc_title(heads, title), row=1, col=1)
    return figure.update_layout(height=420, margin={"t": 34, "r": 60}, meta={"narrowest": 150})


def _mean(mean, layer: int, panel: int) -> list[dict]:
    """The mean over a layer's heads with its 95 % band."""
    colour, ends = _colour(layer), marks.interval(mean["llc"], mean["std_err"])
    words = {"hover": "step %{x}: mean λ̂ = %{y:.2f} ± {std_err:.2f} of {heads} heads"}
    look = {"joined": 2.5, "about": f"layer {layer}", "panel": panel}
    points = marks.points(mean, "step", "llc", colour, **words, **look)
    return [marks.band(mean, "step", *ends, colour, 0.25, panel), points]


def _head(curve, panel: int) -> dict:
    """One head, thin; points that are not reliable hollow, the others not marked."""
    colour = style.faint(_colour(curve["layer"].iloc[0]), 0.45)
    odd = ~is_reliable(curve)
    marker = {"size": 5 * odd, "line": {"color": colour, "width": 1 * odd}}
    look = {"marker": marker, "joined": 1, "about": curve["component"].iloc[0], "panel": panel}
    return marks.estimates(curve, "step", "llc", colour, "step %{x}: ", **look) | {"error_y": None}


def _colour(layer: int) -> str:
    return LAYER_COLOURS[int(layer) % len(LAYER_COLOURS)]


def _names(means, bounds: list[float] | None, panel: int) -> list[dict]:
    """Layers at the ends of their means in the last panel, whose axis has these bounds."""
    low, high = bounds or (means["llc"].min(), means["llc"].max() + 1e-9)
    last = means.groupby("layer").last()["llc"]
    ends = {f"layer {layer}": (llc, _colour(layer)) for layer, llc in last.items()}
    return marks.end_names(ends, PANEL_PX / (high - low), panel)
