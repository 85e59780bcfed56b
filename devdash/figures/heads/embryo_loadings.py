"""Loadings of heads on the principal components of susceptibilities."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style

TITLE = "Which heads span the map: loadings of its principal components"
DATA = "embryo_axes"
OPTIONS = {"step": None}
MOST_AXES, PANEL_PX, GAP_PX, HEAD_PX = 3, 105, 34, 75
BETWEEN_LAYERS = 0.8  # of a bar's place


def draw(data) -> go.Figure:
    """data: loadings by nβ, axis and head, with kinds.

    The sign of a component is free, so only signs within one panel can be compared.
    """
    data = data[data["axis"] <= MOST_AXES].assign(kind=data["kind"].fillna(style.UNKNOWN_KIND))
    if data.empty:
        return style.blank("No principal components of susceptibilities are stored for this run.")
    axes, columns = sorted(data["axis"].unique()), list(data["nbeta"].unique())
    height = len(axes) * PANEL_PX + (len(axes) - 1) * GAP_PX
    gaps = {"horizontal_spacing": 0.05, "vertical_spacing": GAP_PX / height if len(axes) > 1 else 0}
    figure = make_subplots(len(axes), len(columns), shared_xaxes=True, shared_yaxes=True, **gaps)
    heads, traces = places(data["component"].unique()), []
    for (nbeta, axis), loadings in data.groupby(["nbeta", "axis"]):
        panel = axes.index(axis) * len(columns) + columns.index(nbeta) + 1
        traces += [_bars(bars, kind, heads, panel) for kind, bars in loadings.groupby("kind")]
        figure.add_annotation(marks.note(_title(loadings, panel <= len(columns)), "above left", panel))
    figure.add_traces(traces)
    for kind in [kind for kind in (*style.KIND_COLOURS, style.UNKNOWN_KIND) if kind in set(data["kind"])]:
        figure.add_bar(x=[None], y=[None], name=kind, marker_color=style.kind_colour(kind))
    ticks = {"tickvals": list(heads.values()), "ticktext": [str(_numbers(name)[1]) for name in heads]}
    look = {"tickangle": 0, "ticks": "", "tickfont": {"size": 10}}
    figure.update_xaxes(range=[-0.7, max(heads.values()) + 0.7], **ticks, **look)
    figure.update_xaxes(title=f"head, {_layers(heads)}", row=len(axes))
    reach = 1.08 * data["loading"].abs().max()
    figure.update_yaxes(range=[-reach, reach], nticks=5, title="")
    figure.update_yaxes(title="loading", col=1)
    legend = {"y": 1, "yref": "container", "yanchor": "top"}
    size = {"height": height + HEAD_PX + 100, "margin": {"t": HEAD_PX + 40}}
    return figure.update_layout(barmode="overlay", bargap=0.2, legend=legend, **size)


def places(heads) -> dict[str, float]:
    """Head → place on the axis, layers apart."""
    numbered, place, before = {}, 0.0, None
    for head in sorted(heads, key=_numbers):
        layer = _numbers(head)[0]
        place += BETWEEN_LAYERS if before not in (None, layer) else 0
        numbered[head], before, place = place, layer, place + 1
    return numbered


def _numbers(head: str) -> list[int]:
    """Layer and number of 'head 0.3'."""
    return [int(part) for part in head.removeprefix("head ").split(".")]


def _layers(heads: dict[str, float]) -> str:
    """'layer 0 | 1', in the order of the groups from left to right."""
    return "layer " + " | ".join(dict.fromkeys(str(_numbers(head)[0]) for head in heads))


def _bars(rows, kind: str, heads: dict[str, float], panel: int) -> dict:
    x, colour = [heads[head] for head in rows["component"]], style.kind_colour(kind)
    bars = marks.trace(rows, x, "loading", "%{customdata}: %{y:.2f}", about=kind, panel=panel)
    return bars | {"type": "bar", "customdata": rows["component"], "marker": {"color": colour}, "width": 0.8}


def _title(loadings, first: bool) -> str:
    """What a panel is of; the first of a column says its nβ and step too."""
    row = loadings.iloc[0]
    text = f"PC {row['axis']}: {row['explained']:.1%} of variance".replace("%", " %")
    return f"<b>nβ = {row['nbeta']:g}</b><br>step {row['step']:,}<br>{text}" if first else text
