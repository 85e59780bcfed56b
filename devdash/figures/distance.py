"""How far the chains go from w*."""

import plotly.graph_objects as go

from devdash.figures import style
from devdash.figures.chain_traces import axis_title, shade_burn_in

TITLE = "Distance from w*"
DATA = "llc_draws"
OPTIONS = {**style.ESTIMATE}


def draw(data) -> go.Figure:
    """data: kept draws of every chain. A chain that still moves away has not settled."""
    if data.empty or data["distance"].isna().all():
        return style.blank("Distances from w* are not stored for this estimate.")
    figure = go.Figure().set_subplots(1, 1)
    for chain, own in data.groupby("chain"):
        figure.add_scatter(
            x=own["draw"],
            y=own["distance"],
            mode="lines",
            line={"color": style.COLOURS[int(chain) % len(style.COLOURS)], "width": 1.2},
            hovertemplate="draw %{x}: %{y:.3g}<extra>chain " + str(chain) + "</extra>",
        )
    shade_burn_in(figure, data)
    figure.update_xaxes(title=axis_title(data))
    figure.update_yaxes(title="‖w − w*‖", rangemode="tozero")
    return figure.update_layout(showlegend=False, height=340, margin={"t": 20})
