"""Transitions of SGD between plateaus: how often, and what they change."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style

TITLE = "Transitions of SGD: number, change of loss, change of LLC"
DATA = "transitions"
OPTIONS = {"features": None}


def draw(data) -> go.Figure:
    """data: one row per kind of move, summed over SGD runs."""
    if data.empty:
        return style.blank("No SGD run left its first plateau.")
    titles = ["SGD runs", "change of loss", "change of λ̂"]
    figure = make_subplots(cols=3, shared_yaxes=True, horizontal_spacing=0.06, subplot_titles=titles)
    data = data.assign(pair=data["from_kgon"] + " → " + data["to_kgon"])
    colours = [style.kgon_colour(name) for name in data["to_kgon"]]
    bar = {"y": data["pair"], "orientation": "h", "marker": {"color": colours}, "row": 1}
    figure.add_bar(x=data["moves"], text=data["moves"], hoverinfo="skip", col=1, **bar)
    figure.add_bar(x=data["loss_change"], hovertemplate="%{y}: %{x:.4f}<extra></extra>", col=2, **bar)
    look = {"size": 9, "across": True, "caps": True, "hover": "%{y}: %{x:+.2f}", "panel": 3}
    figure.add_traces(marks.points(data, "llc_change", "pair", colours, "llc_change_err", **look))
    figure.add_shape(marks.upright(0, dash="solid", width=1, panel=3))
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_annotations(font_size=style.BASE_PX)
    figure.update_xaxes(tickangle=0, nticks=4)
    figure.update_xaxes(title="number", rangemode="tozero", row=1, col=1)
    figure.update_xaxes(title="ΔL", nticks=3, row=1, col=2)
    figure.update_xaxes(title=marks.llc_title(data, "Δλ̂, 95 % interval"), row=1, col=3)
    return figure.update_layout(showlegend=False, height=120 + 34 * len(data), margin={"t": 40})
