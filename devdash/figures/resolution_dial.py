"""λ̂ against nβ: which modes of the loss the sampler resolves."""

import math

import plotly.graph_objects as go

from devdash.figures import style

TITLE = "The resolution dial: modes of curvature below 1/nβ are invisible"
DATA = "calibrations"
OPTIONS = {**style.ESTIMATE}


def draw(data) -> go.Figure:
    """data: λ̂ at each nβ with its 95 % interval; the chosen nβ is marked."""
    dial = data[data["part"] == "dial"].sort_values("nbeta") if len(data) else data
    if dial.empty:
        return style.blank("λ̂ at other nβ is not stored for this estimate.")
    figure, colour = go.Figure(), style.VERMILION
    chosen = data.loc[data["chosen"], "nbeta"]
    if len(chosen):
        figure.add_vline(x=chosen.iloc[0], line={"color": style.GREY, "dash": "dash", "width": 1.5})
    figure.add_scatter(
        x=dial["nbeta"],
        y=dial["llc"],
        mode="lines+markers",
        line={"color": colour, "width": 1.5},
        marker=style.reliability(dial["verdict"], colour) | {"size": 8},
        error_y={"array": 1.96 * dial["std_err"], "color": colour, "thickness": 1.2, "width": 3},
        customdata=dial[["std_err", "verdict", "epsilon", "acceptance"]],
        hovertemplate="nβ = %{x:.4g}: λ̂ = %{y:.4g} ± %{customdata[0]:.2g}, %{customdata[1]}<br>"
        "ε %{customdata[2]:.2g}, acceptance %{customdata[3]:.2f}<extra></extra>",
    )
    if len(chosen):
        figure.add_annotation(
            text=f"chosen: nβ = {chosen.iloc[0]:.4g}",
            x=math.log10(chosen.iloc[0]),
            y=1,
            yref="paper",
            xanchor="left",
            yanchor="bottom",
            xshift=-4,
        )
    figure.update_xaxes(title="nβ", type="log", dtick=1)
    figure.update_yaxes(title="λ̂, 95 % interval", range=style.span(dial))
    return figure.update_layout(showlegend=False, height=340, margin={"t": 30})
