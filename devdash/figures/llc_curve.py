"""λ̂ over training, every estimate with its error and verdict."""

import plotly.graph_objects as go

from devdash.figures import style

TITLE = "λ̂ over training"
DATA = "llc_points"
OPTIONS = {"component": None, "distribution": None, "target": None, "step": None, "log_x": False}


def draw(data, step=None, log_x=False) -> go.Figure:
    """data: one row per estimate of a series. step: the one that is chosen."""
    if data.empty:
        return style.blank("No λ̂ is stored for this run.")
    figure, colour = go.Figure(), style.VERMILION
    figure.add_scatter(
        x=data["step"], y=data["llc"], mode="markers", marker=style.reliability(data["verdict"], colour),
        error_y={"array": 1.96 * data["std_err"], "color": colour, "thickness": 1, "width": 0},
        customdata=data[["step", "verdict", "std_err", "rhat"]],
        hovertemplate="step %{x}: λ̂ = %{y:.2f} ± %{customdata[2]:.2f}<br>%{customdata[1]}, "
        "R̂ %{customdata[3]:.2f}<extra></extra>",
    )  # fmt: skip
    if step in data["step"].values:
        chosen = data[data["step"] == step]
        figure.add_scatter(
            x=chosen["step"], y=chosen["llc"], mode="markers", hoverinfo="skip",
            marker={"symbol": "circle-open", "size": 15, "color": style.BLUE, "line": {"width": 2.5}},
        )  # fmt: skip
    figure.update_xaxes(title="training step", type="log" if log_x else "linear")
    figure.update_yaxes(title="λ̂, 95 % interval", range=style.span(data))
    return figure.update_layout(showlegend=False, height=300, margin={"t": 20})
