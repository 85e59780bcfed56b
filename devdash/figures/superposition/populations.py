"""Do independent populations of the sampler agree on the same data?"""

import plotly.graph_objects as go

from devdash.figures import style

TITLE = "Sampler check: two populations on the same data"
DATA = "populations"
OPTIONS = {"features": None, "scale": None}
EACH = "occupancy_settings"


def draw(data) -> go.Figure:
    """data: share of each phase by data set and population. On the diagonal: agreement."""
    first, second = (data[data["population"] == number] for number in (0, 1))
    pairs = first.merge(second, on=["n", "dataset", "kgon"], suffixes=("", "_other"))
    if pairs.empty:
        return style.blank("There is only one population to show.")
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": style.GREY, "dash": "dash"},
        showlegend=False,
        hoverinfo="skip",
    )
    for name, own in pairs.groupby("kgon"):
        figure.add_scatter(
            x=own["share"],
            y=own["share_other"],
            mode="markers",
            name=name,
            marker={"color": style.PHASE_COLOURS.get(name, style.GREY), "size": 7, "opacity": 0.8},
            customdata=own[["n", "dataset"]],
            hovertemplate="n = %{customdata[0]}, data set %{customdata[1]}: %{x:.2f}, %{y:.2f}"
            "<extra>" + name + "</extra>",
        )
    figure.update_xaxes(title="share, first population", range=[-0.03, 1.03])
    figure.update_yaxes(title="share, second population", range=[-0.03, 1.03])
    return figure.update_layout(height=400, margin={"t": 60})
