"""Do independent populations of the sampler agree on the same data?"""

import plotly.graph_objects as go

from devdash.figures import marks, style

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
    figure = go.Figure(marks.line(None, [0, 1], [0, 1], style.GREY, dash="dash"))
    for name, rows in pairs.groupby("kgon"):
        colour = style.PHASE_COLOURS.get(name, style.GREY)
        look = {"size": 7, "marker": {"opacity": 0.8}, "name": name}
        hover = "n = {n}, data set {dataset}: %{x:.2f}, %{y:.2f}"
        figure.add_traces(marks.points(rows, "share", "share_other", colour, hover=hover, **look))
    figure.update_xaxes(title="share, first population", range=[-0.03, 1.03])
    figure.update_yaxes(title="share, second population", range=[-0.03, 1.03])
    return figure.update_layout(height=400, margin={"t": 60})
