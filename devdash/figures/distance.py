"""How far the chains go from w*."""

import plotly.graph_objects as go

from devdash.figures import marks, style
from devdash.figures.chain_traces import axis_title, shade_burn_in

TITLE = "Distance from w*"
DATA = "llc_draws"
OPTIONS = {**style.ESTIMATE}


def draw(data) -> go.Figure:
    """data: kept draws of every chain. A chain that still moves away has not settled."""
    if data.empty or data["distance"].isna().all():
        return style.blank("Distances from w* are not stored for this estimate.")
    figure = go.Figure()
    for chain, draws in data.groupby("chain"):
        words = {"hover": "draw %{x}: %{y:.3g}", "about": f"chain {chain}"}
        figure.add_traces(marks.line(draws, "draw", "distance", style.cycled(chain), 1.2, **words))
    shade_burn_in(figure, data)
    figure.update_xaxes(title=axis_title(data))
    figure.update_yaxes(title="‖w − w*‖", rangemode="tozero")
    return figure.update_layout(showlegend=False, height=340, margin={"t": 20})
