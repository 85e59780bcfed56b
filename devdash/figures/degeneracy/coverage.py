"""How far reliable values are off, against the error that they report, one panel for each sampler."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style

TITLE = "Reliable values: how far off, against the error they report"
DATA = "coverage"
OPTIONS = {}
LOW, HIGH = 1e-4, 3.0  # relative; what lies outside is drawn at the edge
ERRORS, FAR = 2.0, 0.1
SYMBOLS = (
    "circle",
    "square",
    "diamond",
    "triangle-up",
    "cross",
    "x",
    "star",
    "hexagon",
    "pentagon",
    "bowtie",
)
HOVER = "{kind}: {system}<br>{setting}: %{text}"


def draw(data) -> go.Figure:
    """data: one row per trial. Line: two errors, within which titles count; dashed: 10 % off."""
    if data.empty:
        return style.blank("The coverage benchmark is not in this run yet.")
    samplers = list(data["sampler"].unique())
    titles = [_title(name, data[data["sampler"] == name]) for name in samplers]
    gaps = {"shared_yaxes": True, "horizontal_spacing": 0.04}
    figure, traces = make_subplots(cols=len(samplers), subplot_titles=titles, **gaps), []
    kinds = sorted(data["kind"].unique())
    ends = np.array([LOW, HIGH])
    for panel, sampler in enumerate(samplers, start=1):
        reliable = data[(data["sampler"] == sampler) & data["reliable"]]
        traces.append(marks.line(None, ends, ERRORS * ends, style.GREY, 1.2, panel=panel))
        for kind, rows in reliable.groupby("kind"):
            traces.append(_points(rows, kinds.index(kind), panel))
        figure.add_shape(marks.level(FAR, panel=panel))
    figure.add_traces(marks.once(traces))
    ticks = {"type": "log", "range": np.log10(ends), "tickformat": "~%", "dtick": 1}
    figure.update_xaxes(title="reported error, share of the exact value", **ticks)
    figure.update_yaxes(**ticks)
    figure.update_yaxes(title="|estimate − exact value|, share of it", col=1)
    return figure.update_layout(height=470, margin={"t": 90}, legend={"y": 1.12})


def _points(rows, kind: int, panel: int) -> dict:
    exact = rows["llc_exact"].abs()
    error, off = ((values / exact).clip(LOW, HIGH) for values in (rows["std_err"], _off(rows)))
    look = {"size": 6, "marker": {"symbol": SYMBOLS[kind % len(SYMBOLS)], "opacity": 0.75}}
    words = {"name": rows["kind"].iloc[0], "panel": panel, "hover": HOVER}
    text = [f"{row.llc:.4g} ± {row.std_err:.2g}, exact {row.llc_exact:.4g}" for row in rows.itertuples()]
    return marks.points(rows, error, off, style.cycled(kind), **look, **words) | {"text": text}


def _off(rows):
    return (rows["llc"] - rows["llc_exact"]).abs()


def _title(sampler: str, rows) -> str:
    reliable = rows[rows["reliable"]]
    share = f"{reliable['within'].mean():.0%} of {len(reliable)}" if len(reliable) else "none of 0"
    return f"{sampler}: {share} within"
