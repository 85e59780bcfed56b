"""How much of the change of a model's outputs over training each principal component holds."""

import plotly.graph_objects as go

from devdash.figures import style

TITLE = "How much of the change each component holds"
DATA = "trajectory_axes"
OPTIONS: dict = {}


def draw(data) -> go.Figure:
    """data: share of variance by component, of the outputs that the components were fitted on."""
    if data.empty:
        return style.blank("This run has no trajectory.")
    axes = data[data["model"] == data["model"].iloc[0]]
    sums = zip(axes["explained"], axes["explained"].cumsum(), strict=True)
    texts = [f"{one:.1%}" + (f", {both:.1%} together" if both > one else "") for one, both in sums]
    figure = go.Figure()
    figure.add_bar(
        y=[f"PC {axis}" for axis in axes["axis"]],
        x=axes["explained"],
        orientation="h",
        marker_color=style.BLUE,
        text=[text.replace("%", " %") for text in texts],
        textposition="outside",
        cliponaxis=False,
        hoverinfo="skip",
    )
    figure.update_xaxes(
        title="share of the variance", tickformat=".0%", range=[0, 1.3], tickvals=[0, 0.25, 0.5, 0.75, 1]
    )
    figure.update_yaxes(autorange="reversed", title="", ticks="")
    return figure.update_layout(showlegend=False, height=70 + 28 * len(axes), margin={"t": 10, "r": 60})
