"""Loadings of heads on the principal components of susceptibilities, beside those of the control."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import stage_marks, style

TITLE = "Which heads span the map: loadings of its principal components"
DATA = "embryo_axes"
OPTIONS = {"step": None}
MOST_AXES, PANEL_PX, GAP_PX, HEAD_PX = 3, 105, 34, 75
BETWEEN_LAYERS = 0.8  # of a bar's place
UNKNOWN = "kind not known"


def draw(data) -> go.Figure:
    """data: loadings by nβ, axis and head, with kinds; the control (nβ = 0) is the second column.

    The sign of a component is free, so only signs within one panel can be compared.
    """
    data = data[data["axis"] <= MOST_AXES].assign(kind=data["kind"].fillna(UNKNOWN))
    if data.empty:
        return style.blank("No principal components of susceptibilities are stored for this run.")
    axes, columns = sorted(data["axis"].unique()), list(data["nbeta"].unique())
    height = len(axes) * PANEL_PX + (len(axes) - 1) * GAP_PX
    figure = make_subplots(
        len(axes),
        len(columns),
        shared_xaxes=True,
        shared_yaxes=True,
        horizontal_spacing=0.05,
        vertical_spacing=GAP_PX / height if len(axes) > 1 else 0,
    )
    heads = places(data["component"].unique())
    for (nbeta, axis), own in data.groupby(["nbeta", "axis"]):
        row, column = axes.index(axis) + 1, columns.index(nbeta) + 1
        for kind, bars in own.groupby("kind"):
            figure.add_trace(_bars(bars, kind, heads), row=row, col=column)
        figure.add_annotation(_title(own, first=row == 1, panel=(row - 1) * len(columns) + column))
    _legend(figure, data["kind"].unique())
    figure.update_xaxes(
        tickvals=list(heads.values()),
        ticktext=[str(_numbers(name)[1]) for name in heads],
        tickangle=0,
        ticks="",
        tickfont={"size": 10},
        range=[-0.7, max(heads.values()) + 0.7],
    )
    figure.update_xaxes(title=f"head, {_layers(heads)}", row=len(axes))
    reach = 1.08 * data["loading"].abs().max()
    figure.update_yaxes(range=[-reach, reach], nticks=5, title="")
    figure.update_yaxes(title="loading", col=1)
    return figure.update_layout(
        height=height + HEAD_PX + 100,
        margin={"t": HEAD_PX + 40},
        barmode="overlay",
        bargap=0.2,
        legend={"y": 1, "yref": "container", "yanchor": "top"},
    )


def places(heads) -> dict[str, float]:
    """Head → place on the axis, layers apart."""
    found, place, before = {}, 0.0, None
    for head in sorted(heads, key=_numbers):
        layer = _numbers(head)[0]
        place += BETWEEN_LAYERS if before not in (None, layer) else 0
        found[head], before, place = place, layer, place + 1
    return found


def _numbers(head: str) -> list[int]:
    """Layer and number of 'head 0.3'."""
    return [int(part) for part in head.removeprefix("head ").split(".")]


def _layers(heads: dict[str, float]) -> str:
    """'layer 0 | 1', as the groups stand from left to right."""
    return "layer " + " | ".join(dict.fromkeys(str(_numbers(head)[0]) for head in heads))


def _bars(own, kind: str, heads: dict[str, float]) -> go.Bar:
    return go.Bar(
        x=[heads[head] for head in own["component"]],
        y=own["loading"],
        marker_color=style.kind_colour(kind),
        customdata=own["component"],
        hovertemplate="%{customdata}: %{y:.2f}<extra>" + kind + "</extra>",
        showlegend=False,
        width=0.8,
    )


def _title(own, first: bool, panel: int) -> dict:
    """What a panel shows, above it; the first of a column tells its nβ and step too."""
    row = own.iloc[0]
    text = f"PC {row['axis']}: {row['explained']:.1%} of variance".replace("%", " %")
    if first:
        name = f"nβ = {row['nbeta']:g}" + ("" if row["nbeta"] else " (control)")
        text = f"<b>{name}</b><br>step {row['step']:,}<br>{text}"
    return {
        "text": text,
        "x": 0,
        "y": 1,
        "xanchor": "left",
        "yanchor": "bottom",
        "align": "left",
        "showarrow": False,
        "xref": f"{stage_marks.axis('x', panel)} domain",
        "yref": f"{stage_marks.axis('y', panel)} domain",
    }


def _legend(figure: go.Figure, kinds) -> None:
    """Kinds of head, in the order in which every page has them."""
    for kind in [kind for kind in (*style.KIND_COLOURS, UNKNOWN) if kind in set(kinds)]:
        figure.add_bar(x=[None], y=[None], name=kind, marker_color=style.kind_colour(kind))
