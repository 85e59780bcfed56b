"""The closed form of the loss against quadrature and against Monte Carlo."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import style

TITLE = "The closed form of the loss, checked at random weights"
DATA = "closed_form"
OPTIONS = {}


def draw(data) -> go.Figure:
    """data: difference at each of the random weights; Monte Carlo's with its standard error."""
    if data.empty:
        return style.blank("The closed form is not checked yet.")
    figure = make_subplots(cols=2, horizontal_spacing=0.16)
    exact = data[data["name"] == "closed form − quadrature"]
    drawn = data[data["name"] == "closed form − Monte Carlo"]
    figure.add_scatter(
        x=exact["step"] + 1, y=exact["value"], mode="markers", marker={"color": style.BLUE}, row=1, col=1
    )
    figure.add_scatter(
        x=drawn["step"] + 1,
        y=drawn["value"] / drawn["std_err"],
        mode="markers",
        marker={"color": style.VERMILION},
        error_y={"array": [1.96] * len(drawn), "thickness": 1, "width": 0},
        row=1,
        col=2,
    )
    figure.update_xaxes(title="random weights, number")
    figure.update_yaxes(title="closed form − quadrature", row=1, col=1)
    figure.update_yaxes(title="closed form − Monte Carlo (standard errors)", row=1, col=2)
    return figure.update_layout(showlegend=False, height=340, margin={"t": 20})
