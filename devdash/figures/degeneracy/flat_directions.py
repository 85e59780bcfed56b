"""Counting flat directions against λ: systems with the same Hessian rank and nullity side by side."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import style

TITLE = "Equal Hessian rank, different degeneracy"
DATA = "flat_directions"
OPTIONS = {}
MOST_PANELS, FEWEST = 4, 3


def draw(data) -> go.Figure:
    """data: systems in groups of equal rank and nullity, in the order of λ; one panel per group."""
    panels = [own for _, own in data.groupby(["hessian_rank", "nullity"], sort=False)]
    panels = [own for own in panels if len(own) >= FEWEST][:MOST_PANELS] or panels[:1]
    if not panels:
        return style.blank("No two systems of equal Hessian rank and different λ are measured yet.")
    figure = make_subplots(
        cols=len(panels),
        column_widths=[len(own) + 1 for own in panels],
        horizontal_spacing=0.09 / len(panels) ** 0.5,
    )
    for number, own in enumerate(panels, start=1):
        _panel(figure, own, number)
    figure.update_xaxes(tickangle=-40)
    figure.update_xaxes(title="point, in the order of λ", col=(len(panels) + 1) // 2)
    figure.update_yaxes(rangemode="tozero", title="")
    figure.update_yaxes(title="learning coefficient", col=1)
    return figure.update_layout(height=460, margin={"t": 60})


def _title(figure: go.Figure, own, **place) -> None:
    """What the points of a panel share, where the panel is empty: λ rises to the right."""
    rank, nullity = own[["hessian_rank", "nullity"]].iloc[0]
    figure.add_annotation(
        text=f"<b>Hessian rank {rank}</b><br><b>nullity {nullity}</b>",
        align="left",
        xanchor="left",
        yanchor="top",
        xref="x domain",
        yref="y domain",
        x=0.02,
        y=1,
        **place,
    )


def _panel(figure: go.Figure, own, number: int) -> None:
    place, names = {"row": 1, "col": number}, list(own["name"])
    base, first = list(range(len(names))), number == 1
    _title(figure, own, **place)
    rank = own["hessian_rank"].iloc[0] / 2
    figure.add_scatter(
        x=[-0.5, len(names) - 0.5],
        y=[rank, rank],
        mode="lines",
        name="Hessian rank / 2",
        showlegend=first,
        line={"color": style.GREY, "width": 2, "dash": "dot"},
        legendgroup="rank",
        **place,
        hovertemplate="rank / 2 = %{y}<extra></extra>",
    )
    truths = {"λ": ("llc_theory", style.GREY, 2), "exact at this n": ("llc_exact", style.GREEN, 3)}
    for name, (column, colour, width) in truths.items():
        figure.add_scatter(
            x=base,
            y=own[column],
            mode="markers",
            name=name,
            legendgroup=name,
            customdata=own[["name"]],
            showlegend=first and bool(own[column].notna().any()),
            **place,
            marker={"symbol": "line-ew-open", "size": 22, "color": colour, "line": {"width": width}},
            hovertemplate="%{customdata[0]}: %{y:.4g}<extra>" + name + "</extra>",
        )
    figure.update_xaxes(
        tickvals=base, ticktext=[_short(n) for n in names], range=[-0.6, len(names) - 0.4], **place
    )
    own = own.assign(place=base).sort_values("verdict", key=lambda v: v != "reliable")
    marker = style.reliability(own["verdict"], style.VERMILION)  # the first marks the legend
    figure.add_scatter(
        x=own["place"],
        y=own["llc"],
        mode="markers",
        name="λ̂",
        legendgroup="λ̂",
        showlegend=first,
        **place,
        marker=marker | {"size": 8},
        customdata=own[["name", "std_err", "verdict", "system"]],
        error_y={"array": 1.96 * own["std_err"], "color": style.VERMILION, "thickness": 1.2, "width": 3},
        hovertemplate="%{customdata[0]}: λ̂ = %{y:.4g} ± %{customdata[1]:.2g} (%{customdata[2]})"
        "<extra>%{customdata[3]}</extra>",
    )


def _short(name: str) -> str:
    return name.removesuffix(", equal Hessian rank").removesuffix(", aligned")
