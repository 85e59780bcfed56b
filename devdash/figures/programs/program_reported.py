"""λ̂ in the settings of the published table, beside the reported values, which are not verified."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style
from devdash.figures.programs.problems import problem_colour

TITLE = "The published settings: ours beside the reported values"
DATA = "program_reported"
OPTIONS = {}
REPORTED, MEAN = "reported (unverified)", "ours, mean over data sets"


def draw(data) -> go.Figure:
    """data: λ̂ of each drawn data set by longest word; reported values. Bars: 95 % of one estimate."""
    ours = data[~data["reported"]] if len(data) else data
    if ours.empty:
        return style.blank("The published settings are not sampled yet.")
    problems = list(ours["problem"].unique())
    figure, traces = make_subplots(cols=len(problems), horizontal_spacing=0.1), []
    for panel, problem in enumerate(problems, 1):
        rows = data[data["problem"] == problem]
        measured, reported = rows[~rows["reported"]], rows[rows["reported"]]
        traces += [*_ours(measured, problem_colour(problem), panel), _reported(reported, panel)]
        words = f"<b>{problem}</b><br>dim W / 2 = {measured['dimension'].iloc[0] / 2:g}"
        figure.add_annotation(marks.note(words, "top right", panel))
        bounds = [rows["longest"].min() - 0.5, rows["longest"].max() + 0.5]
        figure.update_xaxes(dtick=1, range=bounds, row=1, col=panel)
        top = 1.25 * marks.interval(rows["llc"], rows["std_err"])[1].max()  # room for the words
        figure.update_yaxes(range=[0, top], row=1, col=panel)
    figure.add_traces(marks.once(traces))
    figure.update_xaxes(title="longest word b")
    figure.update_yaxes(title="")
    figure.update_yaxes(title=marks.llc_title(ours, "λ̂ at n = 200, 95 % interval"), row=1, col=1)
    return figure.update_layout(height=400, margin={"t": 50})


def _ours(rows, colour: str, panel: int) -> list[dict]:
    """Estimates on each data set, side by side, and their mean as a line."""
    sets = sorted(rows["sample"].unique())
    x = rows["longest"] + 0.1 * (rows["sample"].map(sets.index) - (len(sets) - 1) / 2)
    words = {"before": "b = {longest}, {sample}: ", "after": "<br>slope {slope:.2f} ± {slope_err:.2f}"}
    means = rows.groupby("longest")["llc"].mean()
    return [
        marks.estimates(rows, x, "llc", colour, size=7, panel=panel, **words),
        marks.line(None, means.index, means, colour, name=MEAN, panel=panel),
    ]


def _reported(rows, panel: int) -> dict:
    hollow = {"symbol": "diamond-open", "color": style.GREY, "line": {"width": 2}}
    words = {"hover": "b = %{x}: %{y:.3g}", "name": REPORTED, "panel": panel}
    values = marks.points(rows, "longest", "llc", style.GREY, size=10, marker=hollow, joined=1.2, **words)
    return values | {"line": {"color": style.GREY, "dash": "dash", "width": 1.2}}
