"""How far kinds of token lie apart over training, against chance and against chains that see no loss."""

import plotly.graph_objects as go

from devdash.figures import marks, style

TITLE = "How far kinds of token lie apart, with the loss and without it"
DATA = {"shares": "embryo_separation", "stages": "head_stages"}
OPTIONS: dict = {}
CONTROL = "nβ = 0"
WIDTH_PX, HEIGHT_PX = 290, 260  # of the plot in a narrow window


def draw(data) -> go.Figure:
    """data: share of the variance of susceptibilities between kinds of token, by nβ and step, and its
    mean and standard deviation with kinds shuffled between tokens (95 % band); stages of the model."""
    shares, stages = data["shares"], data["stages"]
    shares = shares[shares["step"] > 0]
    if shares.empty:
        return style.blank("No separation of kinds of token is stored for this run.")
    traces, notes, ends = [], [], []
    for nbeta, rows in shares.groupby("nbeta"):
        colour = style.ORANGE if nbeta == CONTROL else style.BLUE
        chance = marks.interval(rows["chance"], rows["chance_sd"])
        hover = "step %{x}: %{y:.1%}; by chance {chance:.1%} ± {chance_sd:.1%}"
        words = {"size": 7, "joined": 2, "hover": hover, "about": nbeta}
        traces.append(marks.band(rows, "step", *chance, colour, 0.25))
        traces.append(marks.line(rows, "step", "chance", colour, 1.5, "dot"))
        traces.append(marks.points(rows, "step", "share", colour, **words))
        name = f"{nbeta}, control" if nbeta == CONTROL else nbeta
        ends.append((name, (rows["share"].iloc[-1], colour)))
        ends.append(("chance", (rows["chance"].iloc[-1], colour)))
    top = 1.12 * float(shares[["share", "chance"]].max(axis=None))
    notes = marks.end_names(ends, HEIGHT_PX / top)
    figure, steps = go.Figure(traces), shares["step"]
    figure.update_layout(shapes=marks.stage_shapes(stages, steps), annotations=notes)
    marks.step_axis(figure, steps)
    figure.update_yaxes(title="variance between kinds", range=[0, top], tickformat=".0%")
    above = 14 + marks.name_stages(figure, stages, steps, WIDTH_PX)
    return figure.update_layout(height=340, showlegend=False, margin={"t": above, "r": 125})
