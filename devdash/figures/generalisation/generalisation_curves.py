"""G(n) of Bayes, MAP and Laplace, one panel a system, with λ/n and d/(2n) where λ is known."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import style
from devdash.figures.generalisation import marks

TITLE = "Generalisation error: Bayes follows λ/n, not d/(2n)"
DATA = "generalisation_curves"
OPTIONS = {"family": None}
EACH = "generalisation_families"


def draw(data) -> go.Figure:
    """data: mean G by system, predictive and n, 95 % interval over repeats; cross: not finite."""
    if data.empty:
        return style.blank("No learning curve is measured yet.")
    names, height = list(data["name"].unique()), marks.PLOT_PX
    figure = make_subplots(rows=len(names), subplot_titles=names, vertical_spacing=0.25 / len(names))
    known = data[["llc_theory", "weights"]].notna().all(axis=1)
    seen = [data["value"], (data["llc_theory"] / data["n"])[known], (data["weights"] / 2 / data["n"])[known]]
    low, high = (
        np.log10(pick(v[v > 0].agg(name) for v in seen if (v > 0).any()))
        for pick, name in ((min, "min"), (max, "max"))
    )
    top = high + 0.22 * (high - low)
    bounds = [low - 0.1, top + 0.12 * (high - low)]
    for panel, name in enumerate(names, 1):
        own = data[data["name"] == name]
        ends = _guides(figure, own, panel)
        for method, colour in marks.METHODS.items():
            line = own[own["method"] == method]
            if len(line):
                ends |= _line(figure, line, method, colour, panel, top)
        marks.name_ends(figure, panel, ends, (bounds[1] - bounds[0]) / height)
        marks.size_axis(figure, data["n"], row=panel, col=1)
    figure.update_yaxes(type="log", range=bounds, dtick=1, title="G(n), nats")
    figure.update_xaxes(title="examples n", row=len(names), col=1)
    figure.update_annotations(selector={"text": names[0]}, yshift=2)
    return figure.update_layout(
        showlegend=False, height=110 + int(1.2 * height * len(names)), margin={"r": 135, "t": 30}
    )


def _guides(figure: go.Figure, own, panel: int) -> dict[str, tuple[float, str]]:
    """λ/n and d/(2n), dashed; their ends by name."""
    llc, weights = own["llc_theory"].iloc[0], own["weights"].iloc[0]
    n, ends = np.array(sorted(own["n"].unique())), {}
    found = {"λ/n": (llc, marks.THEORY), "d/(2n)": (weights / 2, marks.HALF)}
    for name, (c, colour) in found.items():
        if not c > 0 or not llc > 0:
            continue
        figure.add_scatter(
            x=n,
            y=c / n,
            mode="lines",
            line={"color": colour, "dash": "dash", "width": 1.5},
            hovertemplate=f"{name}, {c:g}/n: %{{y:.4f}}<extra></extra>",
            row=panel,
            col=1,
        )
        ends[name] = (float(np.log10(c / n[-1])), colour)
    return ends


def _line(figure, line, method: str, colour: str, panel: int, top: float) -> dict[str, tuple[float, str]]:
    finite, lost = line[line["value"] > 0], line[line["lost"] > 0]
    ends = {}
    if len(finite):
        figure.add_scatter(
            x=finite["n"],
            y=finite["value"],
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"size": 6},
            row=panel,
            col=1,
            error_y={"array": 1.96 * finite["std_err"], "color": colour, "width": 3},
            customdata=finite[["std_err", "repeats", "scaled"]],
            hovertemplate="n = %{x:g}: G = %{y:.4g} ± %{customdata[0]:.2g} over %{customdata[1]} sets<br>"
            "n·G = %{customdata[2]:.3g}<extra>" + method + "</extra>",
        )
        ends[method] = (float(np.log10(finite["value"].iloc[-1])), colour)
    if len(lost):
        figure.add_scatter(
            x=lost["n"],
            y=[10**top] * len(lost),
            mode="markers",
            row=panel,
            col=1,
            marker={"symbol": "x", "size": 8, "color": colour},
            customdata=lost[["lost", "repeats"]],
            hovertemplate="n = %{x:g}: not finite in %{customdata[0]} of %{customdata[1]} data sets"
            "<extra>" + method + "</extra>",
        )
        ends[f"{method}: not finite"] = (top, colour)
    return ends
