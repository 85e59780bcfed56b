"""Critical numbers of examples: what free energies predict beside what the posterior does."""

import numpy as np
import plotly.graph_objects as go

from devdash.figures import style

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
        own = pairs[pairs["source"] == source]
        if own.empty:
            continue
        figure.add_scatter(
            x=own["n"],
            y=own["pair"],
            mode="markers",
            name=source,
            marker={"color": colour, "symbol": symbol, "size": 10, "line": {"width": 1.5, "color": colour}},
            error_x={
                "type": "data",
                "symmetric": False,
                "color": colour,
                "thickness": 1.2,
                "array": (own["high"] - own["n"]).fillna(0),
                "arrayminus": (own["n"] - own["low"]).fillna(0),
            },
            hovertemplate="%{y}: n = %{x:.0f}<extra>" + source + "</extra>",
        )
    low, high = np.log10(data["n"].min()) - 0.15, np.log10(data["n"].max()) + 0.15
    figure.update_xaxes(
        title="critical number of examples n",
        type="log",
        range=[low, high],
        tickvals=style.log_ticks(10**low, 10**high),
    )
    names = sorted(pairs["pair"].unique(), reverse=True)
    figure.update_yaxes(title="", type="category", dtick=1, categoryorder="array", categoryarray=names)
    return figure.update_layout(height=100 + 30 * max(6, pairs["pair"].nunique()), margin={"t": 110})
