"""What the error of λ̂ is made of, over the steps of a series, and the virial, which should be 1."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style

TITLE = "Error budget of λ̂"
DATA = "llc_points"
OPTIONS = {**style.ESTIMATE, "log_x": True}
PARTS = {
    "budget_mc": ("Monte Carlo", style.BLUE),
    "budget_step": ("step", style.VERMILION),
    "budget_minibatch": ("minibatches", style.GREEN),
    "budget_gamma": ("γ", style.PURPLE),
}
TOTAL = {"std_err": ("together", style.GREY)}
WHAT = "standard error of λ̂"


def draw(data, step=None, log_x=True) -> go.Figure:
    """data: one row per estimate of a series. step: the one that is chosen. Parts add up as squares.

    One estimate alone is drawn as a bar for each part. log_x: where there are steps after 0.
    """
    rows = data[data[list(PARTS)].notna().any(axis=1)]
    if rows.empty:
        return style.blank("The error budget is not stored for this run.")
    return _bars(rows) if len(rows) == 1 else _curves(rows, step, log_x)


def _bars(row) -> go.Figure:
    parts = {column: part for column, part in (PARTS | TOTAL).items() if row[column].notna().all()}
    names, colours = zip(*parts.values(), strict=True)
    values, places = row[list(parts)].iloc[0].astype(float).tolist(), list(range(len(parts)))
    bars = {"type": "bar", "orientation": "h", "width": 0.6, "marker": {"color": colours}}
    text = {"text": [f"{value:.2g}" for value in values], "textposition": "outside", "cliponaxis": False}
    figure = go.Figure(marks.trace(row, values, places) | bars | text)
    marks.row_axis(figure, names)
    figure.update_xaxes(title=marks.llc_title(row, WHAT), range=[0, 1.15 * max(*values, 1e-9)])
    return figure.update_layout(height=90 + 34 * len(parts), margin={"t": 20})


def _curves(rows, step, log_x: bool) -> go.Figure:
    figure = make_subplots(rows=2, shared_xaxes=True, row_heights=[0.68, 0.32], vertical_spacing=0.07)
    for column, (name, colour) in (PARTS | TOTAL).items():
        hover = f"step {{step:,}}: {name} %{{y:.2g}} of λ̂ = {{llc:.4g}}"
        figure.add_traces(
            marks.points(rows, "step", column, colour, size=5, joined=1.5, name=name, hover=hover)
        )
    virial = {"hover": "step {step:,}: virial %{y:.3f}, {verdict}", "size": 5, "joined": 1.5, "panel": 2}
    figure.add_traces(marks.points(rows, "step", "virial", style.SKY, **virial))
    figure.add_shape(marks.level(1, panel=2))
    if step in rows["step"].tolist():
        for panel in (1, 2):
            figure.add_shape(marks.upright(step, panel=panel))
    if log_x and rows["step"].gt(0).any():
        marks.step_axis(figure, rows["step"], title="")
    else:
        figure.update_xaxes(tickformat=",")
    figure.update_xaxes(title="training step", row=2, col=1)
    figure.update_yaxes(title=marks.llc_title(rows, WHAT), rangemode="tozero", row=1, col=1)
    figure.update_yaxes(title="virial", nticks=4, row=2, col=1)
    return figure.update_layout(height=430, margin={"t": 40}, hovermode="closest")
