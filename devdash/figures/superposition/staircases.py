"""One SGD run: the loss goes down the stairs while the LLC goes up."""

import math

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import style

TITLE = "One SGD run: loss falls by steps, the LLC rises by steps"
DATA = {"data": "staircase", "points": "kgon_points"}
OPTIONS = {"path": None, "features": None, "step": None, "log_x": False, "log_y": False}
LOSS, LLC = style.BLUE, style.VERMILION


def draw(data, step=None, log_x=False, log_y=False) -> go.Figure:
    """data["data"]: losses and λ̂ by epoch; data["points"]: the k-gons' loss levels.

    step: where the cursor stands. log_x leaves out epoch 0, which has no place on a log axis.
    """
    path, levels = data["data"], data["points"]
    if path.empty:
        return style.blank("This run has no SGD run to show.")
    figure = make_subplots(rows=2, shared_xaxes=True, vertical_spacing=0.1)
    _loss(figure, path, clip=not log_y)
    _llc(figure, path.dropna(subset=["llc"]))
    _levels(figure, path, levels)
    if step is not None and (step > 0 or not log_x):
        figure.add_vline(x=step, line={"color": style.GREY, "width": 1.5})
    last = path["step"].max()
    if log_x:
        figure.update_xaxes(type="log", range=[0, math.log10(last)], tickangle=0)
    else:
        figure.update_xaxes(range=[-0.02 * last, 1.02 * last])
    figure.update_xaxes(title="epoch", row=2, col=1)
    figure.update_yaxes(title="loss", type="log" if log_y else "linear", row=1, col=1)
    if log_x:
        figure.update_xaxes(tickvals=[10**d for d in range(math.ceil(math.log10(last)))])
    if log_y:
        losses = path[["test_loss", "train_loss"]]
        figure.update_yaxes(tickvals=style.log_ticks(losses.min().min(), losses.max().max()), row=1, col=1)
    figure.update_yaxes(title="λ̂", row=2, col=1)
    return figure.update_layout(showlegend=False, height=520, margin={"t": 30, "r": 110})


def _loss(figure: go.Figure, path, clip: bool) -> None:
    """Both losses. clip: end the axis above the plateaus, and say so where a start lies higher."""
    top = 2.2 * path["test_loss"].median()
    if clip and path["test_loss"].max() > top:
        figure.update_yaxes(range=[0.9 * path["test_loss"].min(), top], row=1, col=1)
        figure.add_annotation(
            text=f"starts at {path['test_loss'].max():.2f}",
            x=0,
            xref="x domain",
            y=1,
            yref="y domain",
            xanchor="left",
            yanchor="bottom",
        )
    for column, name, dash in (("test_loss", "population", "solid"), ("train_loss", "training", "dot")):
        figure.add_scatter(
            x=path["step"],
            y=path[column],
            name=f"{name} loss",
            mode="lines",
            line={"color": LOSS, "dash": dash, "width": 2 if dash == "solid" else 1},
            hovertemplate="epoch %{x}<br>" + name + " loss %{y:.5f}<extra></extra>",
            row=1,
            col=1,
        )
    figure.add_annotation(
        text="population (solid), training (dotted)",
        font={"color": LOSS},
        x=1,
        y=1,
        xref="x domain",
        yref="y domain",
        xanchor="right",
        yanchor="bottom",
    )


def _llc(figure: go.Figure, path) -> None:
    if path.empty:
        figure.add_annotation(text="λ̂ is not measured yet", x=0.5, y=0.5, xref="x2 domain", yref="y2 domain")
        return
    reliable = path[path["verdict"] == "reliable"]
    figure.add_scatter(
        x=reliable["step"],
        y=reliable["llc"],
        mode="lines",
        connectgaps=True,
        line={"color": style.faint(LLC, 0.5), "width": 1},
        hoverinfo="skip",
        row=2,
        col=1,
    )
    figure.add_scatter(
        x=path["step"],
        y=path["llc"],
        mode="markers",
        marker=style.reliability(path["verdict"], LLC),
        error_y={"array": 1.96 * path["std_err"], "color": LLC, "thickness": 1, "width": 0},
        customdata=path[["step", "verdict", "std_err", "kgon"]],
        hovertemplate="epoch %{x}: λ̂ = %{y:.2f} ± %{customdata[2]:.2f}<br>%{customdata[1]}, "
        "polygon %{customdata[3]}<extra></extra>",
        row=2,
        col=1,
    )
    figure.update_yaxes(range=style.span(path), row=2, col=1)
    figure.add_annotation(
        text="95 % interval; hollow: not reliable",
        font={"color": LLC},
        x=1,
        y=1,
        xref="x2 domain",
        yref="y2 domain",
        xanchor="right",
        yanchor="bottom",
    )


def _levels(figure: go.Figure, path, levels) -> None:
    """Dotted lines at the loss levels that the run comes near, with their names at the end."""
    met = set(path.loc[path["level_gap"].abs() < 1e-3, "level"])
    ends = path["step"].iloc[[0, -1]]
    for _, level in levels[levels["kgon"].isin(met)].iterrows():
        colour = style.kgon_colour(level["kgon"])
        figure.add_scatter(
            x=ends,
            y=[level["loss"]] * 2,
            mode="lines+text",
            cliponaxis=False,
            hoverinfo="skip",
            line={"color": colour, "dash": "dot", "width": 1.5},
            textfont={"color": colour},
            text=["", f"  {level['kgon']}  {level['loss']:.4f}"],
            textposition="middle right",
            row=1,
            col=1,
        )
