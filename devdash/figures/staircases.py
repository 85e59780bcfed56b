"""One SGD run: the loss goes down the stairs while the LLC goes up."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import style

TITLE = "One SGD run: loss falls by steps, the LLC rises by steps"
DATA = {"data": "staircase", "points": "kgon_points"}
OPTIONS = {"path": None, "features": None, "step": None, "log_x": True, "log_y": True}
LOSS, LLC = style.BLUE, style.VERMILION


def draw(data, step=None, log_x=True, log_y=True) -> go.Figure:
    """data["data"]: losses and λ̂ by epoch; data["points"]: the k-gons' loss levels.

    step: where the cursor stands. log_x leaves out epoch 0, which has no place on a log axis.
    """
    path, levels = data["data"], data["points"]
    if path.empty:
        return style.blank("This run has no SGD run to show.")
    figure = make_subplots(rows=2, shared_xaxes=True, vertical_spacing=0.06)
    _loss(figure, path)
    _llc(figure, path.dropna(subset=["llc"]))
    _levels(figure, path, levels)
    if step is not None:
        figure.add_vline(x=max(step, 0.5 if log_x else 0), line={"color": style.GREY, "width": 1.5})
    figure.update_xaxes(type="log" if log_x else "linear")
    figure.update_xaxes(title="epoch", row=2, col=1)
    figure.update_yaxes(title="loss", type="log" if log_y else "linear", row=1, col=1)
    if log_x:
        figure.update_xaxes(tickvals=style.log_ticks(1, path["step"].max()))
    if log_y:
        losses = path[["test_loss", "train_loss"]]
        figure.update_yaxes(tickvals=style.log_ticks(losses.min().min(), losses.max().max()), row=1, col=1)
    figure.update_yaxes(title="λ̂", row=2, col=1)
    return figure.update_layout(showlegend=False, height=520, margin={"t": 20, "r": 110})


def _loss(figure: go.Figure, path) -> None:
    for column, name, dash in (
        ("test_loss", "population", "solid"),
        ("train_loss", "training", "dot"),
    ):
        figure.add_scatter(
            x=path["step"], y=path[column], name=f"{name} loss", mode="lines",
            line={"color": LOSS, "dash": dash, "width": 2 if dash == "solid" else 1},
            hovertemplate="epoch %{x}<br>" + name + " loss %{y:.5f}<extra></extra>", row=1, col=1,
        )  # fmt: skip
    figure.add_annotation(
        text="population loss (solid), training loss (dotted)", font={"color": LOSS},
        x=1, y=1, xref="x domain", yref="y domain", xanchor="right", yanchor="top",
    )  # fmt: skip


def _llc(figure: go.Figure, path) -> None:
    if path.empty:
        figure.add_annotation(text="λ̂ is not measured yet", x=0.5, y=0.5,
                              xref="x2 domain", yref="y2 domain")  # fmt: skip
        return
    reliable = path[path["verdict"] == "reliable"]
    figure.add_scatter(
        x=reliable["step"], y=reliable["llc"], mode="lines", connectgaps=True,
        line={"color": style.faint(LLC, 0.5), "width": 1}, hoverinfo="skip", row=2, col=1,
    )  # fmt: skip
    figure.add_scatter(
        x=path["step"], y=path["llc"], mode="markers",
        marker=style.reliability(path["verdict"], LLC),
        error_y={"array": 1.96 * path["std_err"], "color": LLC, "thickness": 1, "width": 0},
        customdata=path[["step", "verdict", "std_err", "kgon"]],
        hovertemplate="epoch %{x}: λ̂ = %{y:.2f} ± %{customdata[2]:.2f}<br>%{customdata[1]}, "
        "polygon %{customdata[3]}<extra></extra>",
        row=2, col=1,
    )  # fmt: skip
    span = reliable if len(reliable) else path
    low, high = span["llc"].min(), span["llc"].max()
    margin = 0.15 * (high - low) + 0.5
    figure.update_yaxes(range=[low - margin, high + margin], row=2, col=1)
    figure.add_annotation(
        text="λ̂ with 95 % interval; hollow: not reliable", font={"color": LLC}, x=1, y=0,
        xref="x2 domain", yref="y2 domain", xanchor="right", yanchor="bottom",
    )  # fmt: skip


def _levels(figure: go.Figure, path, levels) -> None:
    """Dotted lines at the loss levels that the run comes near, with their names."""
    met = set(path.loc[path["level_gap"].abs() < 1e-3, "level"])
    for _, level in levels[levels["kgon"].isin(met)].iterrows():
        colour = style.kgon_colour(level["kgon"])
        figure.add_hline(y=level["loss"], line={"color": colour, "dash": "dot", "width": 1.2}, row=1, col=1)
        figure.add_annotation(
            x=1, xref="x domain", y=level["loss"], yref="y", text=f"{level['kgon']}  {level['loss']:.4f}",
            font={"color": colour}, xanchor="left", xshift=6,
        )  # fmt: skip
