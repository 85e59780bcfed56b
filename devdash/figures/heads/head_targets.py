"""λ̂ of heads by layer, with the data and with the one-layer model's outputs as target, side by side."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import stage_marks, style

TITLE = "λ̂ of heads by layer: target data, and target one-layer model"
DATA = {"layers": "target_layers", "heads": "target_heads", "stages": "head_stages"}
OPTIONS = {}
LAYER_COLOURS = (style.ORANGE, style.PURPLE, style.SKY, style.GREY)  # not those of kinds of heads


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
    traces, marks, notes = [], [], []
    for panel, target in enumerate(targets, 1):
        own = layers[layers["target"] == target]
        place = {"xaxis": stage_marks.axis("x", panel), "yaxis": stage_marks.axis("y", panel)}
        single = heads[(heads["target"] == target) & (heads["verdict"] != "diverged")]
        traces += [_head(line) | place for _, line in single.groupby("component")]
        for layer, mean in own.groupby("layer"):
            traces += [trace | place for trace in _mean(mean, layer)]
        marks += stage_marks.shapes(stages, layers["step"], None, panel)
        notes.append(_title(target, panel))
    notes += _names(own, single, len(targets))
    figure.add_traces(traces)
    figure.update_layout(shapes=marks, annotations=notes, showlegend=False)
    stage_marks.step_axis(figure, layers["step"], matches="x")
    for panel in range(1, len(targets) + 1):
        good = heads[heads["target"] == targets[panel - 1]]
        figure.update_yaxes(title="", range=style.span(good), row=1, col=panel)
    figure.update_yaxes(title=_axis_title(heads), row=1, col=1)
    return figure.update_layout(height=420, margin={"t": 34, "r": 60})


def _mean(mean, layer: int) -> list[dict]:
    """The mean over a layer's heads with its 95 % band."""
    colour, error = _colour(layer), 1.96 * mean["std_err"].fillna(0)
    good = mean["verdict"] == "reliable"
    return [
        {
            "type": "scatter",
            "x": [*mean["step"], *mean["step"][::-1]],
            "fill": "toself",
            "mode": "none",
            "y": [*(mean["llc"] + error), *(mean["llc"] - error)[::-1]],
            "hoverinfo": "skip",
            "fillcolor": style.faint(colour, 0.25),
        },
        {
            "type": "scatter",
            "x": mean["step"],
            "y": mean["llc"],
            "mode": "lines+markers",
            "line": {"color": colour, "width": 2.5},
            "marker": style.reliability(mean["verdict"], colour) | {"symbol": "circle"},
            "customdata": list(zip(mean["std_err"], mean["heads"], good, strict=True)),
            "hovertemplate": "step %{x}: mean λ̂ = %{y:.2f} ± %{customdata[0]:.2f} of %{customdata[1]} heads"
            f"<extra>layer {layer}</extra>",
        },
    ]


def _head(line) -> dict:
    """One head, thin; points that are not reliable hollow, those that are not marked."""
    colour = style.faint(_colour(line["layer"].iloc[0]), 0.45)
    odd = line["verdict"] != "reliable"
    return {
        "type": "scatter",
        "x": line["step"],
        "y": line["llc"],
        "mode": "lines+markers",
        "line": {"color": colour, "width": 1},
        "marker": {
            "size": [5 if o else 0 for o in odd],
            "color": style.CLEAR,
            "line": {"color": colour, "width": [1 if o else 0 for o in odd]},
        },
        "customdata": line[["std_err", "verdict"]],
        "hovertemplate": "step %{x}: λ̂ = %{y:.2f} ± %{customdata[0]:.2f}, %{customdata[1]}<extra>"
        + line["component"].iloc[0]
        + "</extra>",
    }


def _colour(layer: int) -> str:
    return LAYER_COLOURS[int(layer) % len(LAYER_COLOURS)]


def _axis_title(heads) -> str:
    """λ̂ is comparable at equal settings only, so the axis states them."""
    return f"λ̂, nβ = {heads['nbeta'].iloc[0]:.3g}, γ = {heads['gamma'].iloc[0]:.3g}"


def _title(target: str, panel: int) -> dict:
    text = "target: data" if target == "data" else f"target: {target} model"
    return {
        "text": text,
        "x": 0,
        "y": 1,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "yshift": 4,
        "font": {"size": 13},
        "xref": f"{stage_marks.axis('x', panel)} domain",
        "yref": f"{stage_marks.axis('y', panel)} domain",
    }


def _names(means, heads, panel: int) -> list[dict]:
    """Layers at the ends of their means in the last panel, moved apart where they would touch."""
    span = style.span(heads) or [means["llc"].min(), means["llc"].max() + 1e-9]
    px = 330 / (span[1] - span[0])
    last = means.groupby("layer").last()["llc"]
    ends = list(last * px)
    return [
        {
            "text": f"layer {layer}",
            "font": {"color": _colour(layer)},
            "showarrow": False,
            "x": 1,
            "xref": f"{stage_marks.axis('x', panel)} domain",
            "xanchor": "left",
            "xshift": 3,
            "y": end / px,
            "yref": stage_marks.axis("y", panel),
            "yshift": place - end,
        }
        for layer, end, place in zip(last.index, ends, stage_marks.spread(ends, 15), strict=True)
    ]
