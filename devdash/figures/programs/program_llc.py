"""λ̂ by problem: over the number of examples, over spare time, over the length of words."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style
from devdash.figures.programs.problems import problem_colour

TITLE = "λ̂ by problem: examples, time, length of words"
DATA = "program_llc"
OPTIONS = {}
BEFORE = "{problem}: {shortest} to {longest} letters, t = {steps}, n = {n:,}<br>"
AFTER = "<br>slope {slope:.3f} ± {slope_err:.3f}"


def draw(data) -> go.Figure:
    """data: λ̂ = β·E[nL] of every setting with expected counts. Bars: 95 %; hollow: not reliable."""
    base = data[data["base"]] if len(data) else data
    if base.empty:
        return style.blank("No λ̂ over programs is measured yet.")
    detect = data[(data["problem"] == "detectA") & (data["n"] == data["n"].max())]
    widths, titles = [0.44, 0.28, 0.28], ["three problems", "detectA", "detectA"]
    gaps = {"shared_yaxes": True, "horizontal_spacing": 0.035, "column_widths": widths}
    figure = make_subplots(cols=3, subplot_titles=titles, **gaps)
    for problem, rows in base.groupby("problem", sort=False):
        rows, colour = rows.sort_values("n"), problem_colour(problem)
        figure.add_traces(_line(rows, "n", 1))
        name = marks.tag(problem, 1, rows["llc"].iloc[-1], colour, "above left", up=5)
        figure.add_annotation(name | {"xref": "x domain"})
    spare = detect["steps"] - detect["longest"]
    figure.add_traces(_line(detect[detect["longest"] == 3].sort_values("steps"), "steps", 2))
    figure.add_traces(_line(detect[spare == 2].sort_values("longest"), "longest", 3))
    dimension = base["dimension"].iloc[0] / 2
    for panel in (1, 2, 3):
        figure.add_shape(marks.level(dimension, panel=panel))
    name = marks.tag("dim W / 2", 1, dimension, at="above left", panel=3)
    figure.add_annotation(name | {"xref": "x3 domain"})
    figure.update_xaxes(title="examples n", type="log", dtick=1, row=1, col=1)
    figure.update_xaxes(title="steps t", dtick=1, row=1, col=2)
    figure.update_xaxes(title="longest word b", dtick=1, row=1, col=3)
    figure.update_yaxes(rangemode="tozero", title="")
    figure.update_yaxes(title=marks.llc_title(data), row=1, col=1)
    return figure.update_layout(showlegend=False, height=420, margin={"t": 40})


def _line(rows, x: str, panel: int) -> dict:
    look = {"size": 8, "joined": 1.2, "caps": True, "panel": panel}
    colour = problem_colour(rows["problem"].iloc[0]) if len(rows) else style.GREY
    return marks.estimates(rows, x, "llc", colour, BEFORE, AFTER, **look)
