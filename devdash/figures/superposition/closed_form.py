"""The closed form of the loss against quadrature and against Monte Carlo."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style

TITLE = "The closed form of the loss, checked at random weights"
DATA = "closed_form"
OPTIONS = {}


def draw(data) -> go.Figure:
    """data: difference at each of the random weights; Monte Carlo's with its standard error."""
    if data.empty:
        return style.blank("The closed form is not checked yet.")
    data = data.assign(number=data["step"] + 1, errors=data["value"] / data["std_err"], unit=1.0)
    exact, drawn = (data[data["name"] == f"closed form − {other}"] for other in ("quadrature", "Monte Carlo"))
    figure = make_subplots(cols=2, horizontal_spacing=0.16)
    figure.add_traces(marks.points(exact, "number", "value", style.BLUE, hover="%{x}: %{y:.2g}"))
    words = {"hover": "%{x}: %{y:.2f} standard errors", "panel": 2}
    figure.add_traces(marks.points(drawn, "number", "errors", style.VERMILION, "unit", **words))
    figure.update_xaxes(title="random weights, number")
    figure.update_yaxes(title="closed form − quadrature", row=1, col=1)
    figure.update_yaxes(title="closed form − Monte Carlo (standard errors)", row=1, col=2)
    return figure.update_layout(showlegend=False, height=340, margin={"t": 20}, meta={"narrowest": 150})
