"""E^β[nL_n] over the temperature 1/β of reduced rank regression: its slope is λ."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import style
from devdash.figures.generalisation import marks

TITLE = "E^β[nLₙ] over 1/β: the slope is λ, not d/2"
DATA = "tempered_energies"
OPTIONS = {}


def draw(data) -> go.Figure:
    """data: one row per system, data set and temperature. Thin: data sets; thick: their mean, 95 %."""
    if data.empty:
        return style.blank("No tempered posterior is sampled yet.")
    names = list(data["name"].unique())
    figure = make_subplots(
        rows=len(names), subplot_titles=names, vertical_spacing=0.2 / len(names), shared_xaxes=True
    )
    for panel, name in enumerate(names, 1):
        own = data[data["name"] == name]
        figure.add_scatter(
            **_thin(own),
            mode="lines",
            line={"color": style.faint(style.BLUE, 0.35), "width": 0.8},
            hoverinfo="skip",
            row=panel,
            col=1,
        )
        mean = own.groupby("temperature")["energy"].agg(["mean", "sem"])
        _guides(figure, own, mean, panel)
        figure.add_scatter(
            x=mean.index,
            y=mean["mean"],
            mode="lines+markers",
            line={"color": style.BLUE, "width": 2.2},
            marker={"size": 6},
            row=panel,
            col=1,
            error_y={"array": 1.96 * mean["sem"], "color": style.BLUE, "thickness": 1.2, "width": 3},
            hovertemplate="1/β = %{x:.2f}: %{y:.2f}<extra>mean over data sets</extra>",
        )
    figure.update_yaxes(title="E<sup>β</sup>[nLₙ] − nLₙ(w₀), nats")
    figure.update_xaxes(title="temperature 1/β", row=len(names), col=1)
    return figure.update_layout(
        showlegend=False, height=100 + int(1.1 * marks.PLOT_PX * len(names)), margin={"r": 150, "t": 30}
    )


def _thin(own) -> dict:
    """All data sets as one line with gaps."""
    own = own.sort_values(["dataset", "temperature"])
    last = np.flatnonzero(~own.duplicated("dataset", keep="last")) + 1
    return {
        axis: np.insert(own[name].to_numpy(float), last, np.nan)
        for axis, name in (("x", "temperature"), ("y", "energy"))
    }


def _guides(figure: go.Figure, own, mean, panel: int) -> None:
    """Lines of slope λ and d/2 through the middle of the mean; named at their ends with the slope found."""
    first, x = own.iloc[0], mean.index.to_numpy()
    middle, centre = float(mean["mean"].mean()), float(x.mean())
    ends = {}
    if first["slope"] == first["slope"]:
        ends[f"slope {first['slope']:.2f} ± {first['std_err']:.2f}"] = (mean["mean"].iloc[-1], style.BLUE)
    guides = {"λ": (first["llc_theory"], marks.THEORY), "d/2": (first["weights"] / 2, marks.HALF)}
    for name, (slope, colour) in guides.items():
        if slope != slope:
            continue
        y = middle + slope * (x - centre)
        figure.add_scatter(
            x=x,
            y=y,
            mode="lines",
            line={"color": colour, "dash": "dash", "width": 1.5},
            hovertemplate=f"slope {name} = {slope:g}<extra></extra>",
            row=panel,
            col=1,
        )
        ends[f"{name} = {slope:g}"] = (y[-1], colour)
    heights = [height for height, _ in ends.values()] + [mean["mean"].min()]
    span = (own["energy"].max() - own["energy"].min()) or 1.0
    marks.name_ends(figure, panel, ends, max(span, max(heights) - min(heights)) * 1.1 / marks.PLOT_PX)
