"""A caution: single short chains at each temperature, and what populations say of the same data."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import style

TITLE = "A chain that has not converged can give any slope, even a negative one"
DATA = "tempered_chains"
OPTIONS = {}
CHAIN, REFERENCE = style.VERMILION, style.BLUE


def draw(data) -> go.Figure:
    """data: energies by sampler, chain and temperature. Left: energies; right: the slope of each."""
    single, reference = data[data["sampler"] == "HMC"], data[data["sampler"] != "HMC"]
    if single.empty:
        return style.blank("The chains of the m-gon are not sampled yet.")
    figure = make_subplots(
        rows=2,
        vertical_spacing=0.2,
        row_heights=[0.6, 0.4],
        subplot_titles=["mean energy of each chain", "slope of each chain, sorted"],
    )
    for kind, colour in ((reference, REFERENCE), (single, CHAIN)):
        for number, own in kind.groupby("number"):
            _line(figure, own, colour, bool(kind is single and own["place"].iloc[0] == 1), int(number))
    slopes = single.drop_duplicates("number").sort_values("place")
    figure.add_scatter(
        x=slopes["place"],
        y=slopes["slope"],
        mode="markers",
        row=2,
        col=1,
        marker={"color": style.CLEAR, "line": {"color": CHAIN, "width": 1.4}, "size": 8},
        hovertemplate="slope %{y:.2f}<extra>one short chain at each temperature</extra>",
    )
    known = reference.drop_duplicates("number")["slope"]
    if len(known):
        figure.add_hline(y=known.mean(), line={"color": REFERENCE, "width": 1.5}, row=2, col=1)
        figure.add_annotation(
            text=f"annealed populations: {known.min():.2f} to {known.max():.2f}",
            x=1,
            y=known.mean(),
            xref="x2 domain",
            yref="y2",
            xanchor="right",
            yanchor="bottom",
            font={"color": REFERENCE},
            showarrow=False,
        )
    figure.add_hline(y=0, line={"color": style.GREY, "dash": "dot", "width": 1}, row=2, col=1)
    figure.update_xaxes(title="temperature 1/β", row=1, col=1)
    figure.update_xaxes(title="chain", row=2, col=1, dtick=1)
    figure.update_yaxes(title="E<sup>β</sup>[nLₙ] − nLₙ(w₀), nats", row=1, col=1)
    figure.update_yaxes(title="slope", row=2, col=1)
    return figure.update_layout(showlegend=False, height=620, margin={"t": 40, "r": 40})


def _line(figure: go.Figure, own, colour: str, lowest: bool, number: int) -> None:
    """One chain or population; the chain of the lowest slope thick, with its fitted line dashed."""
    slope, converged = own["slope"].iloc[0], colour == REFERENCE
    figure.add_scatter(
        x=own["temperature"],
        y=own["energy"],
        mode="lines+markers",
        row=1,
        col=1,
        line={
            "color": colour if lowest or converged else style.faint(colour, 0.4),
            "width": 2.2 if lowest else 1,
        },
        marker={
            "color": colour if converged else style.CLEAR,
            "line": {"color": colour, "width": 1.2},
            "size": 7 if lowest else 4,
        },
        hovertemplate="1/β = %{x:.2f}: %{y:.2f}<extra>"
        + (f"population {number}" if converged else f"chain {number}")
        + f", slope {slope:.2f}</extra>",
    )
    if lowest:
        x = own["temperature"].iloc[[0, -1]]
        figure.add_scatter(
            x=x,
            y=own["intercept"].iloc[0] + slope * x,
            mode="lines",
            hoverinfo="skip",
            row=1,
            col=1,
            line={"color": colour, "dash": "dash", "width": 2},
        )
        figure.add_annotation(
            text=f"lowest slope of {own['sampler'].iloc[0]} chains: {slope:.2f}",
            x=1,
            y=1,
            xref="x domain",
            yref="y domain",
            xanchor="right",
            yanchor="bottom",
            font={"color": colour},
            showarrow=False,
        )
