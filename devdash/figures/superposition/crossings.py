"""Critical numbers of examples: what free energies predict beside what the posterior does."""

import numpy as np
import plotly.graph_objects as go

from devdash.figures import marks, style

TITLE = "Where one phase overtakes another: predicted and observed"
DATA = "crossings"
OPTIONS = {"features": None, "scale": None}
EACH = "occupancy_settings"
SOURCES = {
    "free energy": (style.BLUE, "circle"),
    "free energy without ½‖w*‖²": (style.SKY, "circle-open"),
    "free energy, measured λ̂": (style.GREEN, "diamond"),
    "free energy, paper's λ": (style.PINK, "square"),
    "observed": (style.VERMILION, "x"),
}


def draw(data) -> go.Figure:
    """data: one row per pair of phases and source, with the critical n."""
    if data.empty:
        return style.blank("No phases cross in this run.")
    figure = go.Figure()
    names = (data["from_kgon"] + " → " + data["to_kgon"]).str.replace("-gon", "")
    pairs = data.assign(pair=names).sort_values("pair")
    for source, (colour, symbol) in SOURCES.items():
        rows = pairs[pairs["source"] == source]
        look = {"size": 10, "marker": {"symbol": symbol, "line": {"width": 1.5, "color": colour}}}
        words = {"across": True, "hover": "%{y}: n = %{x:.0f}", "name": source}
        if len(rows):
            figure.add_traces(marks.points(rows, "n", "pair", colour, ("low", "high"), **look, **words))
    bounds = np.array([np.log10(data["n"].min()) - 0.15, np.log10(data["n"].max()) + 0.15])
    ticks = style.log_ticks(*10**bounds)
    figure.update_xaxes(title="critical number of examples n", type="log", range=bounds, tickvals=ticks)
    names = sorted(pairs["pair"].unique(), reverse=True)
    figure.update_yaxes(title="", type="category", dtick=1, categoryorder="array", categoryarray=names)
    return figure.update_layout(height=100 + 30 * max(6, pairs["pair"].nunique()), margin={"t": 110})
