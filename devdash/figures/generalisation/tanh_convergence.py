"""Slopes of tanh networks at the true function 0 over n: they near λ slowly where the multiplicity is 2."""

import math

import plotly.graph_objects as go

from devdash.figures import marks, style

TITLE = "tanh networks: slopes near λ as n grows"
DATA = "tanh_slopes"
OPTIONS = {}
HEIGHT_PX = 420


def draw(data) -> go.Figure:
    """data: one row per number of units H and n; 95 % intervals over data sets. Dashed: λ."""
    if data.empty:
        return style.blank("No slope of a tanh network is measured yet.")
    traces, ends, units = [], {}, list(data["hidden"].unique())
    low, high = math.log10(data["n"].min()) - 0.05, math.log10(data["n"].max()) + 0.05
    top = 1.15 * max(data["llc_theory"].max(), marks.interval(data["slope"], data["std_err"])[1].max())
    for hidden, colour in zip(units, style.ordered(len(units)), strict=True):
        rows = data[data["hidden"] == hidden]
        theory, m = rows["llc_theory"].iloc[0], rows["multiplicity"].iloc[0]
        words = {"hover": "n = %{x:g}: slope %{y:.3f} ± {std_err:.3f} over {datasets} data sets"}
        words["about"] = f"H = {hidden}, λ = {theory:.3g}, m = {m}"
        look = {"size": 7, "joined": 2, "caps": True}
        traces.append(marks.line(None, [10**low, 10**high], [theory] * 2, colour, 1.2, "dash"))
        traces.append(marks.points(rows, "n", "slope", colour, "std_err", **look, **words))
        ends[f"λ = {theory:.3g}, m = {m}"] = (theory, colour)
        ends[f"<b>H = {hidden}</b>"] = (rows["slope"].iloc[-1], colour)
    figure = go.Figure(traces)
    figure.update_layout(annotations=marks.end_names(ends, 0.78 * HEIGHT_PX / top))
    figure.update_xaxes(title="examples n", type="log", range=[low, high], dtick=1)
    figure.update_yaxes(title="slope of E<sup>β</sup>[nLₙ] over 1/β", range=[0, top])
    return figure.update_layout(showlegend=False, height=HEIGHT_PX, margin={"r": 120, "t": 20})
