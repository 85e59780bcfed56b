"""Any stored metric over training, one thin line per run."""

import plotly.graph_objects as go

from devdash.figures import marks, style

TITLE = "A metric over training, all runs"
DATA = "curves"
OPTIONS = {"experiment": None, "name": None, "highlight": None, "log_x": True, "log_y": False}
NEEDS = ("experiment", "name")
MOST_NAMED = 6
LINE = ["run", "model", "component", "distribution"]


def draw(data, highlight=None, log_x=True, log_y=False) -> go.Figure:
    """data: value by step, run, model, component and data. highlight: the run drawn thick.

    Many lines are one grey trace with gaps between them: two hundred traces would take seconds.
    """
    if data.empty:
        return style.blank("No metric is stored.")
    figure, words = go.Figure(), "step %{x}: %{y:.4g}"
    lines = data.groupby(LINE, sort=False)
    many = lines.ngroups > MOST_NAMED
    if many:
        hover = {"hover": words + "<br>{run}"}
        grey = marks.line(data, "step", "value", style.GREY, 0.8, gaps=LINE, **hover)
        figure.add_traces(grey | {"opacity": 0.6})
    for number, ((run, *names), rows) in enumerate(lines):
        if not many or run == highlight:
            name = " · ".join(part for part in (run, *names) if part)
            colour = style.COLOURS[number % 7]
            figure.add_traces(marks.line(rows, "step", "value", colour, hover=words, name=name))
    figure.update_xaxes(title="training step", type="log" if log_x else "linear")
    figure.update_yaxes(title="value", type="log" if log_y else "linear")
    return figure.update_layout(height=430, margin={"t": 60})
