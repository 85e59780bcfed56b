"""G(n) of Bayes, MAP and Laplace, one panel a system, with λ/n and d/(2n) where λ is known."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style
from devdash.figures.generalisation.predictives import HALF, METHODS, PLOT_PX, THEORY

TITLE = "Generalisation error: Bayes follows λ/n, not d/(2n)"
DATA = "generalisation_curves"
OPTIONS = {"family": None}
EACH = "generalisation_families"
GUIDES = {"λ/n": THEORY, "d/(2n)": HALF}


def draw(data) -> go.Figure:
    """data: mean G by system, predictive and n, 95 % interval over repeats; cross: not finite."""
    if data.empty:
        return style.blank("No learning curve is measured yet.")
    names = list(data["name"].unique())
    figure = make_subplots(rows=len(names), subplot_titles=names, vertical_spacing=0.25 / len(names))
    theory = data["llc_theory"].notna() & data["weights"].notna()
    guides = {"λ/n": data["llc_theory"].where(theory), "d/(2n)": data["weights"].where(theory) / 2}
    data = data.assign(**{name: guide / data["n"] for name, guide in guides.items()})
    positive = data[["value", *GUIDES]].where(lambda values: values > 0)
    low, high = np.log10(positive.min().min()), np.log10(positive.max().max())
    top = high + 0.22 * (high - low)
    bounds = [low - 0.1, top + 0.12 * (high - low)]
    traces, notes = [], list(figure.layout.annotations)
    notes[0].yshift = 2
    for panel, name in enumerate(names, 1):
        rows = data[data["name"] == name]
        drawn, ends = _panel(rows, panel, top)
        traces += drawn
        notes += marks.end_names(ends, PLOT_PX / (bounds[1] - bounds[0]), panel)
        marks.size_axis(figure, data["n"], row=panel, col=1)
    figure.add_traces(traces)
    figure.update_yaxes(type="log", range=bounds, dtick=1, title="G(n), nats")
    figure.update_xaxes(title="examples n", row=len(names), col=1)
    height = 110 + int(1.2 * PLOT_PX * len(names))
    return figure.update_layout(
        showlegend=False, annotations=notes, height=height, margin={"r": 135, "t": 30}
    )


def _panel(rows, panel: int, top: float) -> tuple[list[dict], dict[str, tuple[float, str]]]:
    """Guides λ/n and d/(2n) dashed, then the predictives; and the names at their ends."""
    traces, ends = [], {}
    sizes = rows.drop_duplicates("n").sort_values("n")
    for name, colour in GUIDES.items():
        if (sizes[name] > 0).all():
            factor = sizes[name].iloc[0] * sizes["n"].iloc[0]
            words = {"hover": f"{name}, {factor:g}/n: %{{y:.4f}}", "panel": panel}
            traces.append(marks.line(sizes, "n", name, colour, 1.5, "dash", **words))
            ends[name] = np.log10(sizes[name].iloc[-1]), colour
    for method, colour in METHODS.items():
        line = rows[rows["method"] == method]
        finite, lost = line[line["value"] > 0], line[line["lost"] > 0]
        if len(finite):
            hover = "n = %{x:g}: G = %{y:.4g} ± {std_err:.2g} over {repeats} sets<br>n·G = {scaled:.3g}"
            words = {"hover": hover, "about": method, "panel": panel, "joined": 2, "caps": True}
            traces.append(marks.points(finite, "n", "value", colour, "std_err", **words))
            ends[method] = np.log10(finite["value"].iloc[-1]), colour
        if len(lost):
            hover = "n = %{x:g}: not finite in {lost} of {repeats} data sets"
            words = {"hover": hover, "about": method, "panel": panel, "marker": {"symbol": "x"}}
            traces.append(marks.points(lost, "n", [10**top] * len(lost), colour, size=8, **words))
            ends[f"{method}: not finite"] = top, colour
    return traces, ends
