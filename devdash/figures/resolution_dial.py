"""λ̂ against nβ: which modes of the loss the sampler resolves."""

import math

import plotly.graph_objects as go

from devdash.figures import marks, style

TITLE = "The resolution dial: modes of curvature below 1/nβ are invisible"
DATA = "calibrations"
OPTIONS = {**style.ESTIMATE}


def draw(data) -> go.Figure:
    """data: λ̂ at each nβ with its 95 % interval; the chosen nβ is marked."""
    dial = data[data["part"] == "dial"].sort_values("nbeta") if len(data) else data
    if dial.empty:
        return style.blank("λ̂ at other nβ is not stored for this estimate.")
    figure = go.Figure()
    for nbeta in data.loc[data["chosen"], "nbeta"].head(1):
        figure.add_shape(marks.upright(nbeta, width=1.5))
        name = marks.tag(f"chosen: nβ = {nbeta:.4g}", math.log10(nbeta), 1, at="above right", right=-4)
        figure.add_annotation(name | {"yref": "paper"})
    words = {"before": "nβ = %{x:.4g}: ", "after": "<br>ε {epsilon:.2g}, acceptance {acceptance:.2f}"}
    look = {"size": 8, "joined": 1.5, "caps": True}
    figure.add_traces(marks.estimates(dial, "nbeta", "llc", style.VERMILION, **words, **look))
    figure.update_xaxes(title="nβ", type="log", dtick=1)
    bounds = style.span(dial)
    figure.add_traces(marks.beyond(dial, "nbeta", "llc", bounds, style.VERMILION))
    figure.update_yaxes(title=marks.llc_title(dial), range=bounds)
    return figure.update_layout(showlegend=False, height=340, margin={"t": 30})
