"""The energy E^β[nL] against temperature 1/β: its slope is λ."""

import numpy as np
import plotly.graph_objects as go

from devdash.figures import marks, style
from devdash.figures.programs.problems import problem_colour

TITLE = "The slope of E[nL] on the temperature 1/β estimates λ"
DATA = "program_slopes"
OPTIONS = {"n": 10_000.0}


def draw(data) -> go.Figure:
    """data: E[nL] with 95 % intervals at temperatures around log n for each problem; fitted slopes."""
    if data.empty:
        return style.blank("No temperatures are sampled for this n yet.")
    figure = go.Figure()
    hover = "{problem}, 1/β = %{x:.3g}: E[nL] = %{y:.4g} ± {std_err:.2g}<br>{verdict}, R̂ {rhat:.3f}"
    look = {"size": 8, "caps": True, "hover": hover}
    for problem, rows in data.groupby("problem", sort=False):
        colour, x, fit = problem_colour(problem), rows["temperature"], rows.iloc[0]
        ends = np.array([x.min(), x.max()])
        fitted = rows["energy"].mean() + fit["slope"] * (ends - x.mean())
        figure.add_traces(marks.line(None, ends, fitted, colour, 1.5))
        figure.add_traces(marks.points(rows, "temperature", "energy", colour, "std_err", **look))
        text = f"<b>{problem}</b><br>slope {fit['slope']:.2f} ± {fit['slope_err']:.2f}<br>R² {fit['r2']:.3f}"
        figure.add_annotation(marks.tag(text, ends[1], fitted[1], colour, right=6) | {"align": "left"})
    middle = data.loc[data["at_log_n"], "temperature"].iloc[0]
    figure.add_shape(marks.upright(middle))
    figure.add_annotation(marks.tag("log n", middle, 1, at="above center") | {"yref": "paper"})
    low, high = data["temperature"].min(), data["temperature"].max()
    margin = 0.06 * (high - low)
    figure.update_xaxes(title="temperature 1/β", range=[low - margin, high + margin])
    figure.update_yaxes(title="E[nL], nats, 95 % interval", rangemode="tozero")
    return figure.update_layout(showlegend=False, height=420, margin={"t": 26, "r": 130})
