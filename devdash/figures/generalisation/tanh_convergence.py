"""Slopes of tanh networks at the true function 0 over n: they near λ slowly where the multiplicity is 2."""

import math

import plotly.graph_objects as go

from devdash.figures import style
from devdash.figures.generalisation import marks
from devdash.figures.seed_marks import ordered

TITLE = "tanh networks: slopes near λ as n grows"
DATA = "tanh_slopes"
OPTIONS = {}
HEIGHT_PX = 420


def draw(data) -> go.Figure:
    """data: one row per number of units H and n; 95 % intervals over data sets. Dashed: λ."""
    if data.empty:
        return style.blank("No slope of a tanh network is measured yet.")
    figure, ends = go.Figure(), {}
    low, high = math.log10(data["n"].min()) - 0.05, math.log10(data["n"].max()) + 0.05
    units = list(data["hidden"].unique())
    top = 1.15 * max(data["llc_theory"].max(), (data["slope"] + 1.96 * data["std_err"]).max())
    for hidden, colour in zip(units, ordered(len(units)), strict=True):
        own = data[data["hidden"] == hidden]
        theory, m = own["llc_theory"].iloc[0], own["multiplicity"].iloc[0]
        figure.add_scatter(
            x=[10**low, 10**high],
            y=[theory] * 2,
            mode="lines",
            hoverinfo="skip",
            line={"color": colour, "dash": "dash", "width": 1.2},
        )
        figure.add_scatter(
            x=own["n"],
            y=own["slope"],
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker=style.reliability(own["verdict"], colour) | {"size": 7},
            error_y={"array": 1.96 * own["std_err"], "color": colour, "thickness": 1.2, "width": 4},
            customdata=own[["std_err", "datasets"]],
            hovertemplate="n = %{x:g}: slope %{y:.3f} ± %{customdata[0]:.3f} over %{customdata[1]} data sets"
            f"<extra>H = {hidden}, λ = {theory:.3g}, m = {m}</extra>",
        )
        ends[f"λ = {theory:.3g}, m = {m}"] = (theory, colour)
        ends[f"<b>H = {hidden}</b>"] = (own["slope"].iloc[-1], colour)
    marks.name_ends(figure, 1, ends, top / (0.78 * HEIGHT_PX))
    figure.update_xaxes(title="examples n", type="log", range=[low, high], dtick=1)
    figure.update_yaxes(title="slope of E<sup>β</sup>[nLₙ] over 1/β", range=[0, top])
    return figure.update_layout(showlegend=False, height=HEIGHT_PX, margin={"r": 120, "t": 20})
