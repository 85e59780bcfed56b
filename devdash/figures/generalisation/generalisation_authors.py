"""Coefficients of 1/n in G of four networks with frozen features, beside those that the authors stored."""

import numpy as np
import plotly.graph_objects as go

from devdash.figures import marks, style
from devdash.figures.generalisation.predictives import METHODS

TITLE = "Coefficients of 1/n with frozen features, beside the authors'"
DATA = "generalisation_fits"
OPTIONS = {}


def draw(data) -> go.Figure:
    """data: one row per network and predictive. Filled: ours, 95 %; hollow diamonds: reported."""
    fits = data[data["family"] == "frozen features"]
    if fits.empty:
        return style.blank("No network with frozen features is measured yet.")
    names = list(fits["name"].unique())
    edge = 3 * max([*fits["coefficient"].dropna(), *fits["reported"].dropna()])
    lost = fits["coefficient"].isna()
    words = ["not finite" if value != value else f"{value:.3g}" for value in fits["coefficient"]]
    place = [names.index(name) for name in fits["name"]]
    fits = fits.assign(value=fits["coefficient"].fillna(edge), lost=lost, words=words, place=place)
    figure = go.Figure()
    for number, (method, colour) in enumerate(METHODS.items()):
        rows = fits[fits["method"] == method]
        rows = rows.assign(place=rows["place"] + 0.15 * (number - 2))
        figure.add_traces(_ours(rows, method, colour))
    figure.update_xaxes(title="coefficient of 1/n", type="log", dtick=1)
    marks.row_axis(figure, [name.replace(", ", ",<br>") for name in names])
    return figure.update_layout(height=180 + 110 * len(names), margin={"t": 90}, legend={"y": 1.03})


def _ours(rows, method: str, colour: str) -> list[dict]:
    """Our coefficients with their intervals, crosses at the edge where they are not finite; the reported."""
    low, high = marks.interval(rows["value"], rows["std_err"].mask(rows["lost"]))
    cross = {"symbol": ["x" if lost else "circle" for lost in rows["lost"]]}
    words = {"hover": "{name}: {words}", "name": method, "about": f"{method}, ours"}
    look = {"size": 9, "across": True, "caps": True, "marker": cross}
    ends = np.maximum(low, 0.1 * rows["value"]), high
    theirs = rows[rows["reported"].notna()]
    hollow = {"symbol": "diamond-open", "line": {"width": 1.8}}
    reported = {"hover": "%{x:.4g}", "name": method, "about": f"{method}, reported (unverified)"}
    return [
        marks.points(rows, "value", "place", colour, ends, **look, **words),
        marks.points(theirs, "reported", "place", colour, size=10, marker=hollow, **reported)
        | {"showlegend": False},
    ]
