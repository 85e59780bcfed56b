"""λ̂ over training, every estimate with its error and verdict; the acceptance of its steps beneath."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import stage_marks, style

TITLE = "λ̂ over training"
DATA = "llc_points"
OPTIONS = {**style.ESTIMATE, "log_x": True}
AIM = (0.9, 0.95)


def draw(data, step=None, log_x=True) -> go.Figure:
    """data: one row per estimate of a series. step: the one that is chosen. Band: acceptance to aim at.

    log_x: where there are steps after 0, which itself has no place on such an axis.
    """
    if data.empty:
        return style.blank("No λ̂ is stored for this run.")
    known = data["acceptance"].notna().any()
    rows = {"rows": 2, "row_heights": [0.72, 0.28], "vertical_spacing": 0.06} if known else {"rows": 1}
    figure, colour = make_subplots(shared_xaxes=True, **rows), style.VERMILION
    figure.add_scatter(
        x=data["step"],
        y=data["llc"],
        mode="markers",
        marker=style.reliability(data["verdict"], colour),
        error_y={"array": 1.96 * data["std_err"], "color": colour, "thickness": 1, "width": 0},
        customdata=data[["step", "verdict", "std_err", "rhat", "ess"]],
        row=1,
        col=1,
        hovertemplate="step %{x}: λ̂ = %{y:.2f} ± %{customdata[2]:.2f}<br>%{customdata[1]}, "
        "R̂ %{customdata[3]:.2f}, ESS %{customdata[4]:.0f}<extra></extra>",
    )
    if step in data["step"].values:
        chosen = data[data["step"] == step]
        figure.add_scatter(
            x=chosen["step"],
            y=chosen["llc"],
            mode="markers",
            hoverinfo="skip",
            row=1,
            col=1,
            marker={"symbol": "circle-open", "size": 15, "color": style.BLUE, "line": {"width": 2.5}},
        )
    if known:
        _acceptance(figure, data)
    if log_x and data["step"].gt(0).any():
        stage_marks.step_axis(figure, data["step"], title="")
    else:
        figure.update_xaxes(tickformat=",")
    figure.update_xaxes(title="training step", row=2 if known else 1, col=1)
    figure.update_yaxes(title="λ̂, 95 % interval", range=style.span(data), row=1, col=1)
    return figure.update_layout(showlegend=False, height=370 if known else 300, margin={"t": 20})


def _acceptance(figure: go.Figure, data) -> None:
    figure.add_hrect(
        y0=AIM[0], y1=AIM[1], line_width=0, fillcolor=style.faint(style.GREEN), layer="below", row=2, col=1
    )
    figure.add_scatter(
        x=data["step"],
        y=data["acceptance"],
        mode="markers",
        row=2,
        col=1,
        marker=style.reliability(data["verdict"], style.GREEN) | {"size": 5},
        customdata=data[["step"]],
        hovertemplate="step %{x}: acceptance %{y:.3f}<extra></extra>",
    )
    figure.update_yaxes(title="acceptance", range=[-0.03, 1.05], nticks=3, row=2, col=1)
