"""λ̂ over training, every estimate with its error and verdict; the acceptance of its steps beneath."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style

TITLE = "λ̂ over training"
DATA = "llc_outline"
OPTIONS = {**style.ESTIMATE, "log_x": True}
AIM = (0.9, 0.95)


def draw(data, step=None, log_x=True) -> go.Figure:
    """data: rows of llc_outline, an estimate each. step: the one that is chosen. Band: acceptance to aim at.

    log_x: where there are steps after 0, which itself has no place on such an axis.
    """
    if data.empty:
        return style.blank("No λ̂ is stored for this run.")
    accepted = data["acceptance"].notna().any()
    rows = {"rows": 2, "row_heights": [0.72, 0.28], "vertical_spacing": 0.06} if accepted else {"rows": 1}
    figure = make_subplots(shared_xaxes=True, **rows)
    words = {"before": "step {step}: ", "after": ", R̂ {rhat:.2f}, ESS {ess:.0f}"}
    figure.add_traces(marks.estimates(data, "step", "llc", style.VERMILION, **words))
    figure.add_traces(marks.line(data[data["step"] == step], "step", "llc", style.BLUE) | style.RING)
    if accepted:
        _acceptance(figure, data)
    if log_x and data["step"].gt(0).any():
        marks.step_axis(figure, data["step"], title="")
    else:
        figure.update_xaxes(tickformat=",")
    figure.update_xaxes(title="training step", row=2 if accepted else 1, col=1)
    bounds = style.span(data)
    figure.add_traces(marks.beyond(data, "step", "llc", bounds, style.VERMILION))
    title, in_all = marks.llc_title(data), data["in_all"].iloc[0]
    if len(data) < in_all:
        title += f"<br>{len(data):,} of {in_all:,} drawn: the extremes"
    figure.update_yaxes(title=title, range=bounds, row=1, col=1)
    return figure.update_layout(showlegend=False, height=370 if accepted else 300, margin={"t": 20})


def _acceptance(figure: go.Figure, data) -> None:
    figure.add_shape(marks.strip(*AIM, style.GREEN, 0.25, panel=2))
    words = {"hover": "step {step}: acceptance %{y:.3f}", "panel": 2}
    figure.add_traces(marks.points(data, "step", "acceptance", style.GREEN, size=5, **words))
    figure.update_yaxes(title="acceptance", range=[-0.03, 1.05], nticks=3, row=2, col=1)
