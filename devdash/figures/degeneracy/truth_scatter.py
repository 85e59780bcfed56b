"""λ̂ against the true λ for every system whose λ is known, one panel for each protocol."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style
from devdash.verdicts import DIVERGED, is_reliable

TITLE = "Estimates against known learning coefficients"
DATA = "truths"
OPTIONS = {}
KINDS = {
    "deep linear, teacher": style.BLUE,
    "deep linear, aligned": style.SKY,
    "reduced rank": style.ORANGE,
    "tanh": style.GREEN,
    "potential": style.PINK,
    "two components": style.PURPLE,
}
PANELS = ("ours", "paper's settings")
BEFORE = "{name}: {weights} weights, true rank {true_rank}, m = {multiplicity}<br>λ = %{x:.4g}, "
AFTER = (
    " (off by {relative_error:.1%})<br>{sampler}, ε {epsilon:.2g}, nβ {nbeta:.4g}, γ {gamma:.3g}, "
    "{chains} chains × {draws} draws"
)


def draw(data) -> go.Figure:
    """data: one row per system and protocol. Bars: 95 %; diamonds: multiplicity above 1."""
    panels = [name for name in PANELS if name in set(data["protocol"])]
    if not panels:
        return style.blank("No system with known λ is measured yet.")
    gaps = {"shared_yaxes": True, "horizontal_spacing": 0.05}
    figure, traces = make_subplots(cols=len(panels), subplot_titles=panels, **gaps), []
    data = data[data["protocol"].isin(panels)]
    drawable = data[data["llc"] > 0]
    ends = np.array([0.7, 1.5]) * [drawable["llc_theory"].min(), drawable["llc_theory"].max()]
    for panel, protocol in enumerate(panels, start=1):
        rows = data[data["protocol"] == protocol]
        traces.append(marks.line(None, ends, ends, style.GREY, 1.2, "dash", panel=panel))
        kinds = rows[rows["llc"] > 0].groupby("kind", sort=False)
        traces += [_points(group, kind, panel) for kind, group in kinds]
        _say_what_is_missing(figure, rows[~(rows["llc"] > 0)], panel)
    figure.add_traces(marks.once(traces))
    figure.update_xaxes(title="λ, theory", type="log", range=np.log10(ends), dtick=1)
    low, high = drawable["llc"].min(), drawable["llc"].max()
    bounds = np.log10([min(ends[0], 0.8 * low), max(ends[1], 1.3 * high)])
    figure.update_yaxes(type="log", dtick=1, range=bounds)
    figure.update_yaxes(title=marks.llc_title(data), row=1, col=1)
    return figure.update_layout(height=480, margin={"t": 80}, legend={"y": 1.08})


def _points(rows, kind: str, panel: int) -> dict:
    """λ̂ of one kind of system; bars end above 0, which has no place on a log axis."""
    rows = rows.iloc[(~is_reliable(rows)).argsort(kind="stable")]  # the first point marks the legend
    low, high = marks.interval(rows["llc"], rows["std_err"])
    symbols = {"symbol": ["diamond" if m > 1 else "circle" for m in rows["multiplicity"]]}
    words = {"before": BEFORE, "after": AFTER, "name": kind, "panel": panel}
    colour = KINDS.get(kind, style.GREY)
    dots = marks.estimates(rows, "llc_theory", "llc", colour, size=7, marker=symbols, **words)
    return dots | {"error_y": marks.bars(rows["llc"], np.maximum(low, 0.05 * rows["llc"]), high, colour)}


def _say_what_is_missing(figure: go.Figure, missing, panel: int) -> None:
    """λ̂ that are negative or no number have no place on a log axis, so they are counted."""
    parts = {"λ̂ ≤ 0": int((missing["llc"] <= 0).sum()), DIVERGED: int(missing["llc"].isna().sum())}
    words = ", ".join(f"{count} {name}" for name, count in parts.items() if count)
    if words:
        figure.add_annotation(marks.note(f"not drawn: {words}", "bottom right", panel))
