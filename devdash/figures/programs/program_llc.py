"""λ̂ by problem: over the number of examples, over spare time, over the length of words."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import style
from devdash.figures.programs import marks as program_marks

TITLE = "λ̂ by problem: examples, time, length of words"
DATA = "program_llc"
OPTIONS = {}


def draw(data) -> go.Figure:
    """data: λ̂ = β·E[nL] of every setting with expected counts. Bars: 95 %; hollow: not reliable."""
    base = data[data["base"]] if len(data) else data
    if base.empty:
        return style.blank("No λ̂ over programs is measured yet.")
    most = data["n"].max()
    own = data[(data["problem"] == "detectA") & (data["n"] == most)]
    spare = own["steps"] - own["longest"]
    times, lengths = own[own["longest"] == 3], own[spare == 2]
    figure = make_subplots(
        cols=3,
        shared_yaxes=True,
        horizontal_spacing=0.035,
        column_widths=[0.44, 0.28, 0.28],
        subplot_titles=["three problems", "detectA", "detectA"],
    )
    for problem, line in base.groupby("problem", sort=False):
        _line(figure, line.sort_values("n"), "n", problem, 1)
        last = line.sort_values("n").iloc[0]
        figure.add_annotation(
            text=problem,
            x=0,
            y=last["llc"],
            xref="x domain",
            yref="y",
            xanchor="left",
            yshift=14,
            xshift=4,
            font={"color": program_marks.colour(problem)},
        )
    _line(figure, times.sort_values("steps"), "steps", "detectA", 2)
    _line(figure, lengths.sort_values("longest"), "longest", "detectA", 3)
    dimension = base["dimension"].iloc[0] / 2
    figure.add_hline(y=dimension, line={"color": style.GREY, "dash": "dash", "width": 1.2})
    figure.add_annotation(
        text="dim W / 2", x=1, y=dimension, xref="x3 domain", yref="y3", xanchor="right", yanchor="bottom"
    )
    figure.update_xaxes(title="examples n", type="log", dtick=1, row=1, col=1)
    figure.update_xaxes(title="steps t", dtick=1, row=1, col=2)
    figure.update_xaxes(title="longest word b", dtick=1, row=1, col=3)
    figure.update_yaxes(rangemode="tozero", title="")
    figure.update_yaxes(title="λ̂, 95 % interval", row=1, col=1)
    return figure.update_layout(showlegend=False, height=420, margin={"t": 40})


def _line(figure: go.Figure, own, x: str, problem: str, col: int) -> None:
    colour = program_marks.colour(problem)
    figure.add_scatter(
        x=own[x],
        y=own["llc"],
        mode="lines+markers",
        line={"color": colour, "width": 1.2},
        row=1,
        col=col,
        marker=style.reliability(own["verdict"], colour) | {"size": 8},
        error_y={"array": 1.96 * own["std_err"], "color": colour, "width": 3, "thickness": 1.2},
        customdata=own[["shortest", "longest", "steps", "n", "std_err", "verdict", "slope", "slope_err"]],
        hovertemplate=f"{problem}: %{{customdata[0]}} to %{{customdata[1]}} letters, t = %{{customdata[2]}}, "
        "n = %{customdata[3]:,}<br>λ̂ = %{y:.3f} ± %{customdata[4]:.3f}, %{customdata[5]}<br>"
        "slope %{customdata[6]:.3f} ± %{customdata[7]:.3f}<extra></extra>",
    )
