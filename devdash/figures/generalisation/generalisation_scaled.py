"""n·G_n of the Bayes predictive against λ, at every n; d/2 for comparison."""

import plotly.graph_objects as go

from devdash.figures import marks, style
from devdash.figures.generalisation.predictives import HALF, THEORY

TITLE = "n·Gₙ of the Bayes predictive against λ"
DATA = "generalisation_curves"
OPTIONS = {}


def draw(data) -> go.Figure:
    """data: rows of generalisation_curves of systems with known λ; 95 % intervals over repeats."""
    bayes = data[(data["method"] == "Bayes") & data["llc_theory"].notna() & data["scaled"].notna()]
    if bayes.empty:
        return style.blank("No n·G of a system with known λ is measured yet.")
    sizes, systems = sorted(bayes["n"].unique()), bayes.drop_duplicates("name")
    low, high = systems["llc_theory"].min() - 0.6, systems["llc_theory"].max() + 0.6
    figure = go.Figure(marks.line(None, [low, high], [low, high], THEORY, 1.5, "dash"))
    figure.add_annotation(marks.tag("λ", high, high, THEORY))
    stroke = {"symbol": "line-ew-open", "line": {"width": 3}}
    halves = {"size": 26, "marker": stroke, "hover": "d/2 = %{y:g}"}
    names = {
        "text": [f"d/2,<br>{name}" for name in systems["name"]],
        "textposition": "top center",
        "cliponaxis": False,
    }
    dashes = marks.points(systems, "llc_theory", systems["weights"] / 2, HALF, **halves)
    figure.add_traces(dashes | {"mode": "markers+text", **names})
    for place, (n, colour) in enumerate(zip(sizes, style.ordered(len(sizes)), strict=True)):
        rows = bayes[bayes["n"] == n]
        x = rows["llc_theory"] + 0.05 * (place - (len(sizes) - 1) / 2)
        hover = "{name}: n·G = %{y:.2f} ± {scaled_err:.2f} over {repeats} data sets"
        words = {"hover": hover, "name": f"n = {n:g}", "size": 8, "caps": True}
        figure.add_traces(marks.points(rows, x, "scaled", colour, "scaled_err", **words))
    _, high_ends = marks.interval(bayes["scaled"], bayes["scaled_err"])
    top = 1.25 * max(systems["weights"].max() / 2, high_ends.max())
    figure.update_xaxes(title="λ, theory", range=[low - 0.2, high + 0.2])
    figure.update_yaxes(title="n·G(n), 95 % interval", range=[0, top])
    return figure.update_layout(height=430, margin={"t": 50})
