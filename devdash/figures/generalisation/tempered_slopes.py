"""E^β[nL_n] over the temperature 1/β of reduced rank regression: its slope is λ."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style
from devdash.figures.generalisation.predictives import HALF, PLOT_PX, THEORY

TITLE = "Tempered energy over 1/β: the slope is λ, not d/2"
DATA = "tempered_energies"
OPTIONS = {}


def draw(data) -> go.Figure:
    """data: one row per system, data set and temperature. Thin: data sets; thick: their mean, 95 %."""
    if data.empty:
        return style.blank("No tempered posterior is sampled yet.")
    names = list(data["name"].unique())
    gaps = {"vertical_spacing": 0.2 / len(names), "shared_xaxes": True}
    figure, traces = make_subplots(rows=len(names), subplot_titles=names, **gaps), []
    notes = list(figure.layout.annotations)
    for panel, name in enumerate(names, 1):
        rows = data[data["name"] == name].sort_values(["dataset", "temperature"])
        mean = rows.groupby("temperature")["energy"].agg(["mean", "sem"]).reset_index()
        thin = style.faint(style.BLUE, 0.35)
        traces.append(marks.line(rows, "temperature", "energy", thin, 0.8, gaps="dataset", panel=panel))
        drawn, ends = _guides(rows.iloc[0], mean, panel)
        words = {"hover": "1/β = %{x:.2f}: %{y:.2f}", "about": "mean over data sets", "panel": panel}
        look = {"joined": 2.2, "caps": True}
        traces += [*drawn, marks.points(mean, "temperature", "mean", style.BLUE, "sem", **look, **words)]
        heights = [height for height, _ in ends.values()] + [mean["mean"].min()]
        reach = max((rows["energy"].max() - rows["energy"].min()) or 1.0, max(heights) - min(heights))
        notes += marks.end_names(ends, PLOT_PX / (1.1 * reach), panel)
    figure.add_traces(traces)
    figure.update_yaxes(title="E<sup>β</sup>[nLₙ] − nLₙ(w₀), nats")
    figure.update_xaxes(title="temperature 1/β", row=len(names), col=1)
    height = 100 + int(1.1 * PLOT_PX * len(names))
    return figure.update_layout(
        annotations=notes, showlegend=False, height=height, margin={"r": 150, "t": 30}
    )


def _guides(fit, mean, panel: int) -> tuple[list[dict], dict]:
    """Lines of slope λ and d/2 through the middle of the mean; their names, and the slope that is fitted."""
    x, traces, ends = mean["temperature"], [], {}
    if fit["slope"] == fit["slope"]:
        ends[f"slope {fit['slope']:.2f} ± {fit['std_err']:.2f}"] = (mean["mean"].iloc[-1], style.BLUE)
    for name, slope, colour in (("λ", fit["llc_theory"], THEORY), ("d/2", fit["weights"] / 2, HALF)):
        if slope == slope:
            y = mean["mean"].mean() + slope * (x - x.mean())
            words = {"hover": f"slope {name} = {slope:g}", "panel": panel}
            traces.append(marks.line(None, x, y, colour, 1.5, "dash", **words))
            ends[f"{name} = {slope:g}"] = (y.iloc[-1], colour)
    return traces, ends
