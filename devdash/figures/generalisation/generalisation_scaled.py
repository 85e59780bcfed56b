"""n·G_n of the Bayes predictive against λ, at every n; d/2 for comparison."""

import numpy as np
import plotly.graph_objects as go

from devdash.figures import style
from devdash.figures.generalisation import marks
from devdash.figures.seed_marks import ordered

TITLE = "n·Gₙ of the Bayes predictive against λ"
DATA = "generalisation_curves"
OPTIONS = {}


def draw(data) -> go.Figure:
    """data: rows of generalisation_curves of systems with known λ; 95 % intervals over repeats."""
    own = data[(data["method"] == "Bayes") & data["llc_theory"].notna() & data["scaled"].notna()]
    if own.empty:
        return style.blank("No n·G of a system with known λ is measured yet.")
    figure, sizes = go.Figure(), sorted(own["n"].unique())
    systems = own.drop_duplicates("name")
    low, high = systems["llc_theory"].min() - 0.6, systems["llc_theory"].max() + 0.6
    ends = [low, high]
    figure.add_scatter(
        x=ends,
        y=ends,
        mode="lines",
        line={"color": marks.THEORY, "dash": "dash", "width": 1.5},
        hoverinfo="skip",
        showlegend=False,
    )
    figure.add_annotation(
        x=high, y=high, text="λ", font={"color": marks.THEORY}, xanchor="left", showarrow=False
    )
    figure.add_scatter(
        x=systems["llc_theory"],
        y=systems["weights"] / 2,
        mode="markers+text",
        showlegend=False,
        marker={"symbol": "line-ew-open", "size": 26, "color": marks.HALF, "line": {"width": 3}},
        text=[f"d/2, {name}" for name in systems["name"]],
        textposition="top center",
        hovertemplate="d/2 = %{y:g}<extra></extra>",
    )
    for place, (n, colour) in enumerate(zip(sizes, ordered(len(sizes)), strict=True)):
        line = own[own["n"] == n]
        figure.add_scatter(
            x=line["llc_theory"] + 0.05 * (place - (len(sizes) - 1) / 2),
            y=line["scaled"],
            mode="markers",
            name=f"n = {n:g}",
            marker={"color": colour, "size": 8},
            error_y={"array": 1.96 * line["scaled_err"], "color": colour, "thickness": 1.4, "width": 4},
            customdata=np.stack([line["name"], line["scaled_err"], line["repeats"]], 1),
            hovertemplate="%{customdata[0]}: n·G = %{y:.2f} ± %{customdata[1]:.2f} over %{customdata[2]} "
            "data sets<extra>n = " + f"{n:g}</extra>",
        )
    top = 1.12 * max(float(systems["weights"].max()) / 2, (own["scaled"] + 1.96 * own["scaled_err"]).max())
    figure.update_xaxes(title="λ, theory", range=[low - 0.2, high + 0.2])
    figure.update_yaxes(title="n·G(n), 95 % interval", range=[0, top])
    return figure.update_layout(height=430, margin={"t": 50})
