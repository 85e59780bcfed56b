"""How far each checkpoint's weights are from those of the checkpoint before."""

import plotly.graph_objects as go

from devdash.figures import marks, style

TITLE = "How far the weights moved since the checkpoint before"
DATA = "checkpoint_audits"
OPTIONS = {"log_x": True}
FLAGS = {
    "copy": ("x", style.VERMILION),
    "not finite": ("x", style.VERMILION),
    "outlier": ("diamond", style.ORANGE),
    "gap before": ("triangle-left", style.GREY),
}


def draw(data, log_x=True) -> go.Figure:
    """data: one row per checkpoint. Marks: what is odd of one; a copy has moved by nothing, or far."""
    moved = data.dropna(subset=["distance"]) if len(data) else data
    if moved.empty:
        return style.blank("No checkpoint of this run was looked at.")
    figure = go.Figure()
    words = {"hover": "step %{x}: ‖w − w′‖ = %{y:.3g}"}
    figure.add_traces(marks.line(moved, "step", "distance", style.BLUE, 1.2, **words))
    hover = "step {step}, {name}: {distance:.3g} from step {previous}, {share:.1%} of ‖w‖"
    figure.add_traces(marks.points(moved, "step", "distance", style.BLUE, hover=hover))
    for flag, (symbol, colour) in FLAGS.items():
        odd = moved[moved["flags"].str.contains(flag, regex=False)]
        look = {"symbol": symbol, "size": 11, "color": colour}
        if len(odd):
            named = marks.points(odd, "step", "distance", colour, marker=look, hover="step {step}: {message}")
            figure.add_traces(named | {"name": flag, "showlegend": True})
    if log_x and moved["step"].gt(0).any():
        marks.step_axis(figure, moved["step"])
    else:
        figure.update_xaxes(title="training step", tickformat=",")
    figure.update_yaxes(title="‖w − w′‖", rangemode="tozero")
    return figure.update_layout(height=340, margin={"t": 40})
