"""A caution: single short chains at each temperature, and what populations say of the same data."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style

TITLE = "A chain that has not converged can give any slope, even a negative one"
DATA = "tempered_chains"
OPTIONS = {}
CHAIN, REFERENCE = style.VERMILION, style.BLUE
HOLLOW = {"color": style.CLEAR, "line": {"color": CHAIN, "width": 1.2}}
HOVER = "1/β = %{x:.2f}: %{y:.2f}<br>slope {slope:.2f}"


def draw(data) -> go.Figure:
    """data: energies by sampler, chain and temperature. Upper: energies; lower: the slope of each."""
    single, reference = data[data["sampler"] == "HMC"], data[data["sampler"] != "HMC"]
    if single.empty:
        return style.blank("The chains of the m-gon are not sampled yet.")
    titles = ["mean energy of each chain", "slope of each chain, sorted"]
    figure = make_subplots(rows=2, vertical_spacing=0.2, row_heights=[0.6, 0.4], subplot_titles=titles)
    figure.add_traces([_population(rows) for _, rows in reference.groupby("number")])
    figure.add_traces([_chain(rows) for _, rows in single.groupby("number")])
    slopes = single.drop_duplicates("number").sort_values("place")
    _lowest(figure, single[single["number"] == slopes["number"].iloc[0]])
    words = {"hover": "slope %{y:.2f}", "about": "one short chain at each temperature", "panel": 2}
    figure.add_traces(marks.points(slopes, "place", "slope", CHAIN, size=8, marker=HOLLOW, **words))
    converged = reference.drop_duplicates("number")["slope"]
    if len(converged):
        figure.add_shape(marks.level(converged.mean(), REFERENCE, "solid", 1.5, panel=2))
        text = f"annealed populations: {converged.min():.2f} to {converged.max():.2f}"
        name = marks.tag(text, 0, converged.mean(), REFERENCE, "above right", 2, right=4)
        figure.add_annotation(name | {"xref": "x2 domain"})
    figure.add_shape(marks.level(0, dash="dot", width=1, panel=2))
    figure.update_xaxes(title="temperature 1/β", row=1, col=1)
    figure.update_xaxes(title="chain", row=2, col=1, tickformat="d")
    figure.update_yaxes(title="E<sup>β</sup>[nLₙ] − nLₙ(w₀), nats", row=1, col=1)
    figure.update_yaxes(title="slope", row=2, col=1)
    return figure.update_layout(showlegend=False, height=620, margin={"t": 40, "r": 40})


def _population(rows) -> dict:
    words = {"hover": HOVER, "about": f"population {rows['number'].iloc[0]}"}
    return marks.points(rows, "temperature", "energy", REFERENCE, size=4, joined=1, **words)


def _chain(rows) -> dict:
    """One chain; that of the lowest slope thick."""
    lowest, words = rows["place"].iloc[0] == 1, {"hover": HOVER, "about": f"chain {rows['number'].iloc[0]}"}
    dots = marks.points(rows, "temperature", "energy", CHAIN, size=7 if lowest else 4, marker=HOLLOW, **words)
    line = {"color": CHAIN if lowest else style.faint(CHAIN, 0.4), "width": 2.2 if lowest else 1}
    return dots | {"mode": "lines+markers", "line": line}


def _lowest(figure: go.Figure, rows) -> None:
    """The fitted line of the chain of the lowest slope, dashed."""
    slope, x = rows["slope"].iloc[0], rows["temperature"].iloc[[0, -1]]
    figure.add_traces(marks.line(None, x, rows["intercept"].iloc[0] + slope * x, CHAIN, 2, "dash"))
    words = f"lowest slope of {rows['sampler'].iloc[0]} chains: {slope:.2f}"
    figure.add_annotation(marks.note(words, "above right", 1, colour=CHAIN))
