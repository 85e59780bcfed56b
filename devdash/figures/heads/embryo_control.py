"""How far kinds of token lie apart over training, against chance and against chains that see no loss."""

import plotly.graph_objects as go

from devdash.figures import stage_marks, style

TITLE = "How far kinds of token lie apart, with the loss and without it"
DATA = {"shares": "embryo_separation", "stages": "head_stages"}
OPTIONS: dict = {}
CONTROL = "nβ = 0"
WIDTH_PX = 290  # of the axis in a narrow window


def draw(data) -> go.Figure:
    """data: share of the variance of susceptibilities between kinds of token, by nβ and step, and its
    mean and spread with kinds shuffled between tokens (95 % band); stages of the model."""
    shares, stages = data["shares"], data["stages"]
    shares = shares[shares["step"] > 0]
    if shares.empty:
        return style.blank("No separation of kinds of token is stored for this run.")
    figure, ends = go.Figure(), []
    for nbeta, own in shares.groupby("nbeta"):
        control = nbeta == CONTROL
        colour = style.ORANGE if control else style.BLUE
        _chance(figure, own, colour)
        figure.add_scatter(
            x=own["step"],
            y=own["share"],
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"size": 7},
            customdata=own[["chance", "chance_sd"]],
            hovertemplate="step %{x}: %{y:.1%}; by chance %{customdata[0]:.1%} ± %{customdata[1]:.1%}"
            "<extra>" + nbeta + "</extra>",
        )
        name = f"{nbeta}, control" if control else nbeta
        ends.append((name, own["share"].iloc[-1], colour))
        ends.append(("chance", own["chance"].iloc[-1], colour))
    top = 1.12 * float(shares[["share", "chance"]].max(axis=None))
    figure.update_layout(shapes=stage_marks.shapes(stages, shares["step"]))
    _names(figure, ends, top)
    stage_marks.step_axis(figure, shares["step"])
    figure.update_yaxes(title="variance between kinds", range=[0, top], tickformat=".0%")
    rows = stage_marks.name_stages(figure, stages, shares["step"], WIDTH_PX) if len(stages) else 0
    return figure.update_layout(height=340, showlegend=False, margin={"t": 14 + 17 * rows, "r": 125})


def _chance(figure: go.Figure, own, colour: str) -> None:
    """Dotted mean and 95 % band of the shares with shuffled kinds."""
    error = 1.96 * own["chance_sd"].fillna(0)
    figure.add_scatter(
        x=[*own["step"], *own["step"][::-1]],
        y=[*(own["chance"] + error), *(own["chance"] - error)[::-1]],
        fill="toself",
        mode="none",
        fillcolor=style.faint(colour, 0.25),
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=own["step"],
        y=own["chance"],
        mode="lines",
        hoverinfo="skip",
        line={"color": colour, "width": 1.5, "dash": "dot"},
    )


def _names(figure: go.Figure, ends: list, top: float) -> None:
    """Names at the ends of the lines, moved apart where they would touch."""
    px = 260 / top
    heights = [value * px for _, value, _ in ends]
    for (name, value, colour), own, place in zip(ends, heights, stage_marks.spread(heights, 15), strict=True):
        figure.add_annotation(
            text=name,
            x=1,
            xref="x domain",
            xanchor="left",
            xshift=5,
            y=value,
            yshift=place - own,
            font={"color": colour},
        )
