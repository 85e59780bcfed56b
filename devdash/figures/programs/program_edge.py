"""K(e) along the edges from a code towards wrong entries, with the program that is run now."""

import numpy as np
import plotly.graph_objects as go

from devdash.figures import style

TITLE = "What a small error costs: K(e) along every edge from the code"
DATA = {"edges": "program_edges", "now": "program_loss"}
OPTIONS = {"problem": "detectA", "word": None, "edge": None, "mass": 0.1}
LOWEST = 1e-14  # what lies below is rounding
FROM_MASS = 1e-4
MANY = 30  # lines from which on each is drawn fainter


def draw(data) -> go.Figure:
    """data: K(e) of every edge that is not flat, its order; the chosen edge and K at the chosen e."""
    edges, now = data["edges"], data["now"]
    if edges.empty or now.empty:
        return style.blank("No edge of this problem is measured yet.")
    chosen = now["edge"].iloc[0]
    figure = go.Figure()
    rough = edges[(edges["kind"] != "flat") & (edges["edge"] != chosen)]
    grey = style.faint(style.GREY, 0.55 if rough["edge"].nunique() < MANY else 0.25)
    for edge, own in rough.groupby("edge", sort=False):
        _line(figure, own, edge, grey, 1)
    own = edges[edges["edge"] == chosen]
    flat = own["kind"].iloc[0] == "flat"
    if not flat:
        _line(figure, own, chosen, style.VERMILION, 2.4)
    mass, loss = now["mass"].iloc[0], now["loss"].iloc[0]
    if mass > 0 and loss > LOWEST:
        figure.add_scatter(
            x=[mass],
            y=[loss],
            mode="markers",
            marker={"size": 12, "color": style.VERMILION},
            hovertemplate="now: e = %{x:.3g}, K = %{y:.3g}<extra></extra>",
        )
    figure.add_annotation(
        text=f"<b>{chosen}</b><br>{_order(own.iloc[0])}",
        x=0.02,
        y=0.98,
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="top",
        align="left",
        font={"color": style.VERMILION},
    )
    figure.update_xaxes(
        title="mass e in the wrong entry", type="log", dtick=1, range=[np.log10(FROM_MASS), 0.05]
    )
    figure.update_yaxes(title="K(e), nats", type="log", dtick=2, range=[np.log10(LOWEST), 2.2])
    return figure.update_layout(showlegend=False, height=410, margin={"t": 16})


def _line(figure: go.Figure, own, edge: str, colour: str, width: float) -> None:
    own = own[own["loss"] > LOWEST]
    figure.add_scatter(
        x=own["mass"],
        y=own["loss"],
        mode="lines",
        line={"color": colour, "width": width},
        hovertemplate=f"{edge}<br>e = %{{x:.3g}}, K = %{{y:.3g}}<extra>{_order(own.iloc[0])}</extra>",
    )


def _order(row) -> str:
    if row["kind"] == "flat":
        return "flat: K = 0 for every e"
    return f"order {row['vanishing']:.2f}" if row["kind"] == "resolved" else "order not resolved"
