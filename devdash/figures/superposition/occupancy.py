"""Which k-gon holds the Bayesian posterior, as the number of examples grows."""

import numpy as np
import plotly.graph_objects as go

from devdash.figures import marks, style

TITLE = "The posterior moves from phase to phase as examples come in"
DATA = {"data": "occupancy", "crossings": "crossings"}
OPTIONS = {"features": None, "scale": None, "log_x": True, "stacked": True}
EACH = "occupancy_settings"
ORDER = ("other", "4-gon", "5-gon", "6-gon")
MIN_NAMED = 0.08
SOURCES = ("free energy", "observed")


def draw(data, log_x=True, stacked=True) -> go.Figure:
    """data["data"]: shares with intervals over n; data["crossings"]: critical n of pairs.

    stacked: areas that sum to 1, with intervals as bars on each border; else one line per phase.
    """
    shares, crossings = data["data"], data["crossings"]
    if shares.empty:
        return style.blank("The posterior is not sampled yet.")
    figure, names = go.Figure(), []
    below = np.zeros(shares["n"].nunique())
    for name in [phase for phase in ORDER if phase in set(shares["kgon"])]:
        rows = shares[shares["kgon"] == name].sort_values("n")
        rows = rows.assign(below=below if stacked else 0.0)
        figure.add_traces(_phase(rows, stacked))
        names += _name(rows, stacked)
        below = below + rows["share"].to_numpy()
    figure.add_traces(names)
    _crossings(figure, crossings, log_x)
    figure.update_xaxes(title="examples n", type="log" if log_x else "linear")
    if log_x:
        figure.update_xaxes(tickvals=style.log_ticks(shares["n"].min(), shares["n"].max()))
    figure.update_yaxes(title="share of the posterior", range=[0, 1])
    return figure.update_layout(height=430, margin={"t": 75}, showlegend=False)


def _phase(rows, stacked: bool) -> dict:
    """A phase's share with its interval, on those below it where they are stacked."""
    name, ends = rows["kgon"].iloc[0], (rows["below"] + rows["low"], rows["below"] + rows["high"])
    colour = style.PHASE_COLOURS.get(name, style.GREY)
    words = {"hover": "n = %{x}: {share:.2f} ({low:.2f}–{high:.2f})", "name": name}
    top = marks.points(rows, "n", rows["below"] + rows["share"], colour, ends, joined=1.5, caps=True, **words)
    if not stacked:
        return top
    fill = "tonexty" if rows["below"].any() else "tozeroy"
    return top | {"mode": "lines", "fill": fill, "fillcolor": style.faint(colour, 0.55)}


def _name(rows, stacked: bool) -> list[dict]:
    """The phase's name inside its area, where that is widest."""
    place, name = int(rows["share"].to_numpy().argmax()), rows["kgon"].iloc[0]
    widest = rows.iloc[place]
    if not widest["share"] > MIN_NAMED:
        return []
    middle = widest["below"] + widest["share"] / (2 if stacked else 1)
    text = marks.trace(rows, [widest["n"]], [middle])
    side = "middle right" if place < len(rows) / 2 else "middle left"
    plural = name if name == "other" else f"{name}s"
    return [text | {"mode": "text", "text": [f"<b>{plural}</b>"], "textposition": side}]


def _crossings(figure: go.Figure, crossings, log_x: bool) -> None:
    """Vertical lines where phases should cross (dashed) and do (solid), named above the plot."""
    plain = ~(crossings["from_kgon"] + crossings["to_kgon"]).str.contains("+", regex=False)
    lines = crossings[crossings["source"].isin(SOURCES) & plain].sort_values("n")
    for number, row in enumerate(lines.to_dict("records")):
        figure.add_shape(marks.upright(row["n"], dash="solid" if row["source"] == "observed" else "dash"))
        name, x = f"{row['from_kgon']} → {row['to_kgon']}", np.log10(row["n"]) if log_x else row["n"]
        text = f"{name.replace('-gon', '')}, {row['source']}: {row['n']:.0f}"
        place = marks.tag(text, x, 1, at="above center", up=8 + 15 * (number % 6))
        figure.add_annotation(place | {"yref": "paper"})
