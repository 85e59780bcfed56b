"""The learning coefficient of every k-gon, from theory, measured, and as the paper has it."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from devdash.figures import marks, style
from devdash.intervals import Z_95
from devdash.verdicts import RELIABLE

TITLE = "Learning coefficient of each k-gon: theory, measured, paper"
DATA = "kgon_points"
OPTIONS = {"features": None}
KINDS = {
    "llc_theory": ("theory", style.BLUE, "line-ew-open", None),
    "llc_volume": ("volume scaling", style.PURPLE, "line-ew-open", None),
    "llc_hessian": ("Hessian rank / 2", style.GREY, "x-thin-open", None),
    "llc_population": ("measured, population loss, nβ = 10⁵", style.GREEN, "circle", "llc_population_err"),
    "llc_sample": ("measured, n = 5000", style.ORANGE, "diamond", "llc_sample_sd"),
    "llc_paper": ("paper, n = 5000", style.PINK, "square", "llc_paper_sd"),
}


def draw(data) -> go.Figure:
    """data: one row per k-gon. Bars: 95 % interval (population), ± one standard deviation over samples
    (n = 5000)."""
    if data.empty:
        return style.blank("The critical points are not measured yet.")
    minima = data[data["minimum"]].copy()
    low = [name for name in ("llc_population", "llc_sample") if (minima[name] < 0).any()]
    figure = go.Figure()
    for row, column in enumerate(low):  # chains left the point for a lower one
        names = ", ".join(minima.loc[minima[column] < 0, "kgon"])
        words = f"below 0, {KINDS[column][0].removeprefix('measured, ')}: {names}"
        figure.add_annotation(marks.note(words, "bottom right", up=3 + 16 * row))
    minima[low] = minima[low].where(minima[low] >= 0)
    figure.add_traces([_points(minima, column, number) for number, column in enumerate(KINDS)])
    values = minima[["llc_theory", "llc_volume", "llc_population", "llc_paper"]]
    top = 1.35 * np.nanmax(values.to_numpy())
    figure.update_yaxes(title=marks.llc_title(minima, "λ"), range=[0, top])
    figure.update_xaxes(title="local minimum", tickvals=np.arange(len(minima)), ticktext=minima["kgon"])
    return figure.update_layout(height=420, margin={"t": 120})


def _points(minima, column: str, number: int) -> dict:
    """One kind of value for every k-gon; hollow where most of its estimates are not reliable."""
    name, colour, symbol, error = KINDS[column]
    if minima[column].isna().all():
        name = ""  # and none in the legend
    rows, stroke = minima.assign(x=np.arange(len(minima)) + 0.11 * (number - 2.5)), "open" in symbol
    good = _reliable(rows, column)
    rows = rows.iloc[(~(good & rows[column].notna())).argsort(kind="stable")]  # the first marks the legend
    fill = [colour if sure or stroke else style.CLEAR for sure in good[rows.index]]
    look = {"symbol": symbol, "color": fill, "line": {"width": 2 if stroke else 1.3, "color": colour}}
    words = {"hover": "{kgon}: %{y:.2f}", "name": name, "size": 11 if symbol.startswith("line") else 8}
    dots = marks.points(rows, "x", column, colour, marker=look, **words)
    if error is None:
        return dots
    half = (Z_95 if error == "llc_population_err" else 1) * rows[error]
    ends = rows[column] - half, rows[column] + half
    return dots | {"error_y": marks.bars(rows[column], *ends, colour, caps=True)}


def _reliable(minima, column: str):
    """Whether each k-gon's value is reliable: of samples at least half."""
    if column == "llc_population":
        return minima["llc_population_verdict"] == RELIABLE
    if column == "llc_sample":
        return minima["llc_sample_reliable"] >= 0.5
    return pd.Series(True, minima.index)
