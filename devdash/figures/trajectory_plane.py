"""A plane of two principal components of a model's outputs over training, with its local geometry."""

import math

import numpy as np
import plotly.graph_objects as go

from devdash.figures import marks, style
from devdash.measures.trajectory import forms

TITLE = "The path of the model's outputs, and where stages end on it"
DATA = {"data": "trajectory", "stages": "stages", "axes": "trajectory_axes"}
OPTIONS = {"model": None, "plane": "1–2", "others": True, "geometry": True, "step": None}
PLANES = ("1–2", "1–3", "2–3")
TIME_SCALE = [[0, style.SKY], [0.5, style.PURPLE], [1, style.VERMILION]]
PLOT_PX, LABEL_PX, CHARACTER_PX = 430, 17, 6.6  # width of the plot on a window of usual width; of names
NAMES_A_LINE = 2
STRETCHES, WIDEST = (1, 2, 4, 8, 16), 2.5
ROOM, CLOSE = 0.3, 0.08  # around the data, as a share of it: for circles, and without them
FAR = 1.5  # a circle wider than this many times the picture is as good as straight


def draw(data, model=None, plane="1–2", others=True, geometry=True, step=None) -> go.Figure:
    """data: scores of all models by step, stages of one, shares of variance.

    geometry: the osculating circle of the smoothed curve at `step`, and the evolute, the curve of all
    centres. Both belong to the curve's projection on this plane.
    """
    path, stages = data["data"], data["stages"]
    if path.empty:
        return style.blank("This run has no trajectory.")
    model, axes = chosen_model(path, stages, model), plane.split("–")
    path = path.assign(
        **{name: path[f"smoothed_{axis}"] for name, axis in zip(("first", "second"), axes, strict=True)}
    )
    scores = path[path["model"] == model]
    ranges = _ranges(path if others else scores, axes, ROOM if geometry else CLOSE)
    if not np.isfinite(ranges).all():
        return style.blank("No point of this trajectory has values on both components.")
    figure, stretch = go.Figure(), _stretch(ranges)
    if others:
        _others(figure, path[path["model"] != model], model, ranges[0], stretch)
    if geometry:
        _geometry(figure, scores, step, max(np.ptp(bounds) for bounds in ranges))
    _path(figure, scores, axes)
    _ends(figure, scores, stage_ends(stages))
    figure.add_traces(marks.trace(scores[scores["step"] == step], "first", "second") | style.RING)
    titles = [_axis_title(data["axes"], axis) for axis in axes]
    titles[1] += f", scale stretched × {stretch}" if stretch > 1 else ""
    figure.update_xaxes(title=titles[0], range=ranges[0], constrain="domain")
    tied = {"scaleanchor": "x", "scaleratio": stretch}
    figure.update_yaxes(title=titles[1], range=ranges[1], constrain="domain", **tied)
    top = 20 + LABEL_PX * math.ceil((len(stages) - 1) / NAMES_A_LINE)
    height = PLOT_PX * stretch * np.ptp(ranges[1]) / np.ptp(ranges[0]) + 55 + top
    return figure.update_layout(showlegend=False, height=float(np.clip(height, 260, 640)), margin={"t": top})


def chosen_model(path, stages, model: str | None) -> str:
    """The model that is asked for where it has a path, else that of the stages, else the first."""
    names = list(path["model"].unique())
    return model if model in names else stages["model"].iloc[0] if len(stages) else names[0]


def nearest(scores, step: int) -> int:
    """The row of the step measured nearest to `step` in decades."""
    return int((np.log1p(scores["step"]) - np.log1p(step)).abs().argmin())


def time_of(steps) -> dict:
    """Marker colours by log step, with a scale of plain steps."""
    top = int(np.log10(max(steps.max(), 1)))
    ticks = [0, *(10**d for d in range(1, top + 1))]
    places = {"tickvals": np.log10(np.array(ticks) + 1), "ticktext": [f"{tick:,}" for tick in ticks]}
    bar = {"title": {"text": "step"}, "thickness": 12, "outlinewidth": 0, "len": 0.6, **places}
    return {"color": np.log10(steps + 1), "colorscale": TIME_SCALE, "colorbar": bar}


def _stretch(ranges) -> int:
    """By how much the vertical scale is stretched, so that the figure is not WIDEST times as wide as high."""
    flat = np.ptp(ranges[0]) / np.ptp(ranges[1])
    return next((factor for factor in STRETCHES if flat / factor <= WIDEST), STRETCHES[-1])


def _axis_title(axes, number: str) -> str:
    shares = axes.loc[axes["axis"] == int(number), "explained"]
    return f"PC {number}" + (f" ({100 * shares.iloc[0]:.0f} %)" if len(shares) else "")


def _ranges(path, axes: list[str], room: float) -> list[list[float]]:
    """Both axes' ranges around all scores that are drawn. room: on each side, as a share of the data."""
    bounds = []
    for axis in axes:
        values = path[[f"value_{axis}", f"smoothed_{axis}"]].to_numpy(float)
        low, high = np.fmin.reduce(values, axis=None), np.fmax.reduce(values, axis=None)
        margin = room * max(high - low, 1e-9)
        bounds.append([low - margin, high + margin])
    return bounds


def _path(figure: go.Figure, scores, axes: list[str]) -> None:
    figure.add_traces(marks.line(scores, "first", "second", style.GREY))
    columns, words = [f"value_{axis}" for axis in axes], {"hover": "step {step:,}"}
    figure.add_traces(marks.points(scores, *columns, style.GREY, marker=time_of(scores["step"]), **words))


def _others(figure: go.Figure, path, model: str, width: list[float], stretch: int) -> None:
    """Dotted curves with their names at the end, on the side where there is more room."""
    grey, ends = style.faint(style.GREY, 0.7), {}
    for name, scores in path.groupby("model"):
        about = {"hoverinfo": "name", "name": name}
        figure.add_traces(marks.line(scores, "first", "second", grey, 1.5, "dot") | about)
        ends[name] = scores[["first", "second"]].to_numpy(float)[-1]
    ends = marks.group_ends(ends, model)
    px = PLOT_PX / np.ptp(width)
    heights = [end[1] * px * stretch for end in ends.values()]
    moved = marks.apart(heights, LABEL_PX)
    for (name, (x, y)), place, height in zip(ends.items(), moved, heights, strict=True):
        needed = CHARACTER_PX * len(name) + 10
        fits_left, fits_right = (x - width[0]) * px > needed, (width[1] - x) * px > needed
        left = fits_left and (x < np.mean(width) or not fits_right)
        side, shift = ("left", -6) if left else ("right", 6)
        moves = {"up": place - height, "right": shift}
        figure.add_annotation(marks.tag(name, x, y, style.GREY, f"middle {side}", **moves))


def stage_ends(stages):
    """The stages that end before the last step, with the names that they have on other figures."""
    named = stages.assign(name=marks.numbered(stages["label"]))
    return named[named["stage"] < named["stage"].max()]


def _ends(figure: go.Figure, scores, stages) -> None:
    """A diamond on the smoothed curve where a stage ends, at the step measured nearest to it; their
    names stand above the figure."""
    words = []
    for name, label, end in zip(stages["name"], stages["label"], stages["end_step"], strict=True):
        at, text = scores.iloc[[nearest(scores, end)]], f"{name} end at {end:,}"
        look = {"symbol": "diamond", "line": {"color": "white", "width": 1}}
        colour = marks.stage_colour(label)
        diamond = marks.points(at, "first", "second", colour, size=13, marker=look)
        figure.add_traces(diamond | {"text": [text], "hoverinfo": "text"})
        words.append(f"{marks.stage_sign(label, '◆')} {text}")
    lines = ["   ".join(words[i : i + NAMES_A_LINE]) for i in range(0, len(words), NAMES_A_LINE)]
    figure.add_annotation(marks.note("<br>".join(lines), "above left", panel=1, up=4))


def _geometry(figure: go.Figure, scores, step, width: float) -> None:
    """The osculating circle at `step`, and the evolute where it is not far outside."""
    smooth, steps = scores[["first", "second"]].to_numpy(float), scores["step"].to_numpy()
    if len(smooth) < 5:
        return
    _, radius, centre = forms(smooth)
    near = np.where((radius < FAR * width)[:, None], centre, np.nan)
    words = {"hover": "evolute, step {step:,}"}
    figure.add_traces(marks.line(scores, near[:, 0], near[:, 1], style.PINK, 1, "dot", **words))
    place = np.flatnonzero(steps == step)
    if len(place) == 0 or not radius[place[0]] < FAR * width:
        return
    angle, (x, y) = np.linspace(0, 2 * np.pi, 181), centre[place[0]]
    circle = x + radius[place[0]] * np.cos(angle), y + radius[place[0]] * np.sin(angle)
    figure.add_traces(marks.line(None, *circle, style.BLUE, 1.5))
    cross = {"symbol": "cross-thin", "size": 9, "line": {"color": style.BLUE, "width": 1.5}}
    figure.add_traces(marks.points(scores.head(1), [x], [y], style.BLUE, marker=cross))
