"""Transitions of SGD between plateaus: how often, and what they change."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import style

TITLE = "Transitions of SGD: number, change of loss, change of LLC"
DATA = "transitions"
OPTIONS = {"features": None}


def draw(data) -> go.Figure:
    """data: one row per kind of move, summed over SGD runs."""
    if data.empty:
        return style.blank("No SGD run left its first plateau.")
    figure = make_subplots(
        cols=3,
        shared_yaxes=True,
        horizontal_spacing=0.06,
        subplot_titles=["SGD runs", "change of loss", "change of λ̂"],
    )
    pair = data["from_kgon"] + " → " + data["to_kgon"]
    colours = [style.kgon_colour(name) for name in data["to_kgon"]]
    bar = {"y": pair, "orientation": "h", "marker": {"color": colours}}
    figure.add_bar(x=data["moves"], text=data["moves"], hoverinfo="skip", row=1, col=1, **bar)
    figure.add_bar(x=data["loss_change"], row=1, col=2, hovertemplate="%{y}: %{x:.4f}<extra></extra>", **bar)
    figure.add_scatter(
        x=data["llc_change"],
        y=pair,
        mode="markers",
        marker={"color": colours, "size": 9},
        error_x={"array": 1.96 * data["llc_change_err"].fillna(0), "thickness": 1.2, "color": style.GREY},
        hovertemplate="%{y}: %{x:+.2f}<extra></extra>",
        row=1,
        col=3,
    )
    figure.add_vline(x=0, line={"color": style.GREY, "width": 1}, row=1, col=3)
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_annotations(font_size=style.BASE_PX)
    figure.update_xaxes(tickangle=0, nticks=4)
    figure.update_xaxes(title="number", rangemode="tozero", row=1, col=1)
    figure.update_xaxes(title="ΔL", nticks=3, row=1, col=2)
    figure.update_xaxes(title="Δλ̂, 95 % interval", row=1, col=3)
    return figure.update_layout(showlegend=False, height=120 + 34 * len(data), margin={"t": 40})
