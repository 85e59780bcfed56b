"""The energy E^β[nL] against temperature 1/β: its slope is λ."""

import numpy as np
import plotly.graph_objects as go

from devdash.figures import style
from devdash.figures.programs import marks as program_marks

TITLE = "The slope of E[nL] on the temperature 1/β estimates λ"
DATA = "program_slopes"
OPTIONS = {"n": 10_000.0}


def draw(data) -> go.Figure:
    """data: E[nL] with 95 % intervals at temperatures around log n for each problem; fitted slopes."""
    if data.empty:
        return style.blank("No temperatures are sampled for this n yet.")
    figure = go.Figure()
    for problem, own in data.groupby("problem", sort=False):
        colour = program_marks.colour(problem)
        x, slope = own["temperature"], own["slope"].iloc[0]
        ends = np.array([x.min(), x.max()])
        level = own["energy"].mean() - slope * x.mean()
        figure.add_scatter(
            x=ends,
            y=level + slope * ends,
            mode="lines",
            line={"color": colour, "width": 1.5},
            hoverinfo="skip",
        )
        figure.add_scatter(
            x=x,
            y=own["energy"],
            mode="markers",
            marker=style.reliability(own["verdict"], colour) | {"size": 8},
            error_y={"array": 1.96 * own["std_err"], "color": colour, "width": 3, "thickness": 1.2},
            customdata=own[["std_err", "verdict", "rhat"]],
            hovertemplate=f"{problem}, 1/β = %{{x:.3g}}: E[nL] = %{{y:.4g}} ± %{{customdata[0]:.2g}}"
            "<br>%{customdata[1]}, R̂ %{customdata[2]:.3f}<extra></extra>",
        )
        fit = own.iloc[0]
        text = f"<b>{problem}</b><br>slope {slope:.2f} ± {fit['slope_err']:.2f}<br>R² {fit['r2']:.3f}"
        style.end_label(figure, ends[1], level + slope * ends[1], text, colour, align="left")
    middle = data.loc[data["at_log_n"], "temperature"].iloc[0]
    figure.add_vline(x=middle, line={"color": style.GREY, "dash": "dash", "width": 1.2})
    figure.add_annotation(text="log n", x=middle, y=1, yref="paper", yanchor="bottom")
    low, high = data["temperature"].min(), data["temperature"].max()
    margin = 0.06 * (high - low)
    figure.update_xaxes(title="temperature 1/β", range=[low - margin, high + margin])
    figure.update_yaxes(title="E[nL], nats, 95 % interval", rangemode="tozero")
    return figure.update_layout(showlegend=False, height=420, margin={"t": 26, "r": 130})
