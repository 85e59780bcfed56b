"""Any metric of chosen series, over steps or against another metric; means of groups with their spread."""

import math

import plotly.graph_objects as go

from devdash.figures import marks, style
from devdash.figures.series_groups import group_of, means, names, smoothed

TITLE = "Series side by side"
DATA = "compared"
OPTIONS = {
    "name": None,
    "series": None,
    "over": "step",
    "group": "",
    "spread": "sd",
    "log_x": True,
    "log_y": False,
    "smooth": 1,
}
NEEDS = ("name",)
AXES = {"step": "training step", "examples": "examples seen"}
PATHS = 12  # groups and series up to this number are named at their ends
HEIGHT, SPAN_PX = 480, 370
HOVER = {"hover": "{place:,}: %{y:.4g}"}


def draw(data, name="", over="step", group="", spread="sd", log_x=True, log_y=False, smooth=1) -> go.Figure:
    """data: rows of the query. group: series of a group in one colour, over steps and examples with their
    mean and its spread, 'sd' or 'se'. smooth: points of a running mean, 1 for none."""
    rows = data.dropna(subset=["place", "value"])
    if rows.empty:
        return style.blank(f"No series of {name or 'this metric'} has a value over {over}.")
    log_x, log_y = log_x and _fits_log(rows["place"]), log_y and _fits_log(rows["value"])
    rows = smoothed(rows[_inside(rows, log_x, log_y)], smooth)
    figure, ends = go.Figure(), {}
    if group:
        _groups(figure, rows, group, spread, over in AXES, ends)
    else:
        _series(figure, rows, ends)
    _axes(figure, rows, over, name, log_x, log_y)
    right = _name_ends(figure, rows, ends, log_y)
    if smooth > 1:
        figure.add_annotation(marks.note(f"running means of {smooth} points", "above left"))
    return figure.update_layout(height=HEIGHT, margin={"t": 40, "r": right}, meta={"highlight": True})


def _name_ends(figure: go.Figure, rows, ends: dict, log_y: bool) -> float:
    """The names of lines at their ends, where these are few; the margin that they take, in px."""
    at = math.log10 if log_y else float
    if len(ends) > PATHS:
        return 40
    heights = {word: (at(value), colour) for word, (value, colour) in ends.items()}
    span = at(rows["value"].max()) - at(rows["value"].min())
    for name in marks.end_names(heights, SPAN_PX / (span or 1)):
        figure.add_annotation(name)
    return min(40 + 6.5 * max(len(word) for word in heights), 320)


def _fits_log(values) -> bool:
    """Whether a logarithmic axis can show any of the values; one that cannot is linear instead."""
    return bool((values > 0).any())


def _inside(rows, log_x: bool, log_y: bool):
    """The rows that the axes can show: on a logarithmic one those above 0."""
    return ((rows["place"] > 0) | (not log_x)) & ((rows["value"] > 0) | (not log_y))


def _series(figure: go.Figure, rows, ends: dict) -> None:
    """One line for each series."""
    called = names(rows)
    for number, (series, line) in enumerate(rows.groupby("series", sort=False)):
        colour = style.cycled(number)
        figure.add_trace(_line(line, colour, called[series]))
        ends[called[series]] = (line["value"].iloc[-1], colour)


def _line(line, colour: str, word: str, width: float = 2) -> dict:
    """A series; λ̂ with hollow points where it is not reliable, a single value as a marker."""
    is_llc = (line["verdict"] != "").any()
    if len(line) > 1 and not is_llc:
        return marks.line(line, "place", "value", colour, width, about=word, **HOVER)
    rows = line if is_llc else line.drop(columns="verdict")
    joined = width if len(line) > 1 else 0
    size = 5 if len(line) > 1 else 9
    return marks.points(rows, "place", "value", colour, size=size, joined=joined, about=word, **HOVER)


def _groups(figure: go.Figure, rows, group: str, spread: str, has_means: bool, ends: dict) -> None:
    """Each group in its colour: its series thin, its mean thick with its spread."""
    for number, (word, members) in enumerate(rows.groupby(group_of(rows, group), sort=False)):
        colour, called = style.cycled(number), names(members)
        shade = style.faint(colour, 0.45) if has_means else colour
        for series, line in members.groupby("series", sort=False):
            figure.add_trace(_line(line, shade, f"{word}: {called[series]}", 1))
        if not has_means:
            ends[word] = (members["value"].iloc[-1], colour)
            continue
        mean = means(members)
        both = mean.dropna(subset=[spread])
        if len(both) > 1:
            low, high = both["mean"] - both[spread], both["mean"] + both[spread]
            figure.add_trace(marks.band(both, "place", low, high, colour))
        hover = f"{{place:,}}: mean {{mean:.4g}}, {spread.upper()} {{{spread}:.2g}}, N = {{count}}"
        figure.add_trace(marks.line(mean, "place", "mean", colour, 3, hover=hover, about=word))
        ends[f"{word}, N = {mean['count'].max()}"] = (mean["mean"].iloc[-1], colour)


def _axes(figure: go.Figure, rows, over: str, name: str, log_x: bool, log_y: bool) -> None:
    title = AXES.get(over, over)
    if over == "step" and log_x:
        marks.step_axis(figure, rows["place"], title)
    else:
        figure.update_xaxes(title=title, type="log" if log_x else "linear")
    figure.update_yaxes(title=name, type="log" if log_y else "linear")
    if log_y:
        figure.update_yaxes(tickvals=style.log_ticks(rows["value"].min(), rows["value"].max()))
