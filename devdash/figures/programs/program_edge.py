"""K(e) along the edges from a code towards wrong entries, with the program that is run now."""

import numpy as np
import plotly.graph_objects as go

from devdash.figures import marks, style

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
    rough = edges[(edges["kind"] != "flat") & (edges["edge"] != now["edge"].iloc[0])]
    grey = style.faint(style.GREY, 0.55 if rough["edge"].nunique() < MANY else 0.25)
    figure = go.Figure([_line(rows, grey, 1) for _, rows in rough.groupby("edge", sort=False)])
    chosen = edges[edges["edge"] == now["edge"].iloc[0]]
    if chosen["kind"].iloc[0] != "flat":
        figure.add_traces(_line(chosen, style.VERMILION, 2.4))
    at = now[(now["mass"] > 0) & (now["loss"] > LOWEST)].head(1)
    hover = "now: e = %{x:.3g}, K = %{y:.3g}"
    figure.add_traces(marks.points(at, "mass", "loss", style.VERMILION, size=12, hover=hover))
    words = f"<b>{now['edge'].iloc[0]}</b><br>{_order(chosen.iloc[0])}"
    figure.add_annotation(marks.note(words, colour=style.VERMILION, up=-8, right=10))
    bounds = [np.log10(FROM_MASS), 0.05]
    figure.update_xaxes(title="mass e in the wrong entry", type="log", dtick=1, range=bounds)
    figure.update_yaxes(title="K(e), nats", type="log", dtick=2, range=[np.log10(LOWEST), 2.2])
    return figure.update_layout(showlegend=False, height=410, margin={"t": 16})


def _line(rows, colour: str, width: float) -> dict:
    words = {"hover": "{edge}<br>e = %{x:.3g}, K = %{y:.3g}", "about": _order(rows.iloc[0])}
    return marks.line(rows[rows["loss"] > LOWEST], "mass", "loss", colour, width, **words)


def _order(row) -> str:
    if row["kind"] == "flat":
        return "flat: K = 0 for every e"
    return f"order {row['vanishing']:.2f}" if row["kind"] == "resolved" else "order not resolved"
