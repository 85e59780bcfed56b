"""A plane of two principal components of a model's outputs over training, with its local geometry."""

import math

import numpy as np
import plotly.graph_objects as go

from devdash.figures import stage_marks, style
from devdash.measures.trajectory import forms

TITLE = "The path of the model's outputs, and where stages end on it"
DATA = {"data": "trajectory", "stages": "stages", "axes": "trajectory_axes"}
OPTIONS = {"model": None, "plane": "1–2", "others": True, "geometry": True, "step": None}
PLANES = ("1–2", "1–3", "2–3")
TIME_SCALE = [[0, style.SKY], [0.5, style.PURPLE], [1, style.VERMILION]]
PLOT_PX, LABEL_PX = 430, 17  # width of the plot on a window of usual width; height of a name
NAMES_A_LINE = 2
STRETCHES, WIDEST = (1, 2, 4, 8, 16), 2.5
FAR = 1.5  # a circle wider than this many times the picture is as good as straight


def draw(data, model=None, plane="1–2", others=True, geometry=True, step=None) -> go.Figure:
    """data: scores of all models by step, stages of one, shares of variance.

    geometry: the osculating circle of the smoothed curve at `step`, and the evolute, the curve of all
    centres. Both belong to the curve's projection on this plane.
    """
    path, stages = data["data"], data["stages"]
    if path.empty:
        return style.blank("This run has no trajectory.")
    known = list(path["model"].unique())
    main = stages["model"].iloc[0] if len(stages) else known[0]
    model = model if model in known else main
    first, second = plane.split("–")
    own = path[path["model"] == model]
    shown = path if others else own
    span = _ranges(shown, first, second)
    figure, stretch = go.Figure(), _stretch(span)
    if others:
        _others(figure, path[path["model"] != model], model, (first, second), span[0], stretch)
    smooth = own[[f"smoothed_{first}", f"smoothed_{second}"]].to_numpy(float)
    if geometry:
        _geometry(figure, own["step"].to_numpy(), smooth, step, max(np.ptp(axis) for axis in span))
    _path(figure, own, first, second)
    _ends(figure, own, stages, first, second)
    _cursor(figure, own, first, second, step)
    note = f", scale stretched × {stretch}" if stretch > 1 else ""
    figure.update_xaxes(title=_axis_title(data["axes"], first), range=span[0], constrain="domain")
    figure.update_yaxes(
        title=_axis_title(data["axes"], second) + note,
        range=span[1],
        constrain="domain",
        scaleanchor="x",
        scaleratio=stretch,
    )
    top = 20 + LABEL_PX * math.ceil((len(stages) - 1) / NAMES_A_LINE)
    height = PLOT_PX * stretch * np.ptp(span[1]) / np.ptp(span[0]) + 55 + top
    return figure.update_layout(showlegend=False, height=float(np.clip(height, 260, 640)), margin={"t": top})


def _stretch(span) -> int:
    """By how much the vertical scale is stretched, so that the figure is not WIDEST times as wide as high."""
    flat = np.ptp(span[0]) / np.ptp(span[1])
    return next((factor for factor in STRETCHES if flat / factor <= WIDEST), STRETCHES[-1])


def time_of(steps) -> dict:
    """Marker colours by log step, with a scale of plain steps."""
    top = int(np.log10(max(steps.max(), 1)))
    ticks = [0, *(10**d for d in range(1, top + 1))]
    return {
        "color": np.log10(steps + 1),
        "colorscale": TIME_SCALE,
        "colorbar": {
            "title": {"text": "step"},
            "tickvals": np.log10(np.array(ticks) + 1),
            "thickness": 12,
            "ticktext": [f"{tick:,}" for tick in ticks],
            "outlinewidth": 0,
            "len": 0.6,
        },
    }


def _axis_title(axes, number: str) -> str:
    shares = axes.loc[axes["axis"] == int(number), "explained"]
    return f"PC {number}" + (f" ({100 * shares.iloc[0]:.0f} %)" if len(shares) else "")


def _ranges(path, first: str, second: str) -> list[list[float]]:
    """Both axes' ranges around all scores that are shown, with a margin for names and circles."""
    bounds = []
    for axis in (first, second):
        values = path[[f"value_{axis}", f"smoothed_{axis}"]].to_numpy(float)
        low, high = np.nanmin(values), np.nanmax(values)
        margin = 0.3 * max(high - low, 1e-9)
        bounds.append([low - margin, high + margin])
    return bounds


def _path(figure: go.Figure, own, first: str, second: str) -> None:
    figure.add_scatter(
        x=own[f"smoothed_{first}"],
        y=own[f"smoothed_{second}"],
        mode="lines",
        hoverinfo="skip",
        line={"color": style.GREY, "width": 2},
    )
    figure.add_scatter(
        x=own[f"value_{first}"],
        y=own[f"value_{second}"],
        mode="markers",
        marker={"size": 6, **time_of(own["step"])},
        customdata=own[["step"]],
        hovertemplate="step %{customdata[0]:,}<extra></extra>",
    )


def _others(figure: go.Figure, path, model: str, plane, width: list[float], stretch: int) -> None:
    """Dotted curves with their names at the end, on the side where there is more room."""
    columns = [f"smoothed_{axis}" for axis in plane]
    lines = {name: own[columns].to_numpy(float) for name, own in path.groupby("model")}
    for name, line in lines.items():
        figure.add_scatter(
            x=line[:, 0],
            y=line[:, 1],
            mode="lines",
            name=name,
            hoverinfo="name",
            line={"color": style.faint(style.GREY, 0.7), "width": 1.5, "dash": "dot"},
        )
    ends = stage_marks.name_ends({name: line[-1] for name, line in lines.items()}, model)
    px = PLOT_PX / np.ptp(width)
    heights = [end[1] * px * stretch for end in ends.values()]
    moved = stage_marks.spread(heights, LABEL_PX)
    for (name, (x, y)), place, own in zip(ends.items(), moved, heights, strict=True):
        room = (x - width[0]) * px > stage_marks.CHARACTER_PX * len(name) + 10
        left = x < np.mean(width) and room
        figure.add_annotation(
            x=x,
            y=y,
            text=name,
            font={"color": style.GREY},
            xanchor="right" if left else "left",
            xshift=-6 if left else 6,
            yshift=place - own,
        )


def _ends(figure: go.Figure, own, stages, first: str, second: str) -> None:
    """A diamond on the smoothed curve where a stage ends, at the step measured nearest to it; their
    names stand above the figure."""
    inner = stages[stages["stage"] < stages["stage"].max()]
    for _, row in inner.iterrows():
        at = own.iloc[(np.log1p(own["step"]) - np.log1p(row["end_step"])).abs().argmin()]
        colour = stage_marks.stage_colour(row["label"])
        x, y = at[f"smoothed_{first}"], at[f"smoothed_{second}"]
        figure.add_scatter(
            x=[x],
            y=[y],
            mode="markers",
            text=[f"{row['label']} end at {row['end_step']:,}"],
            hoverinfo="text",
            marker={"symbol": "diamond", "size": 13, "color": colour, "line": {"color": "white", "width": 1}},
        )
    words = [
        f"{stage_marks.sign(row['label'], '◆')} {row['label']} end at {row['end_step']:,}"
        for _, row in inner.iterrows()
    ]
    lines = ["   ".join(words[i : i + NAMES_A_LINE]) for i in range(0, len(words), NAMES_A_LINE)]
    figure.add_annotation(
        text="<br>".join(lines),
        x=0,
        y=1,
        xref="x domain",
        yref="y domain",
        xanchor="left",
        yanchor="bottom",
        align="left",
        yshift=4,
    )


def _cursor(figure: go.Figure, own, first: str, second: str, step) -> None:
    at = own[own["step"] == step]
    figure.add_scatter(
        x=at[f"smoothed_{first}"],
        y=at[f"smoothed_{second}"],
        mode="markers",
        hoverinfo="skip",
        marker={"symbol": "circle-open", "size": 15, "color": style.BLUE, "line": {"width": 2.5}},
    )


def _geometry(figure: go.Figure, steps, smooth, step, width: float) -> None:
    """smooth: (step, 2). The circle at `step`, and the evolute where it is not far outside."""
    if len(smooth) < 5:
        return
    _, radius, centre = forms(smooth)
    near = np.where((radius < FAR * width)[:, None], centre, np.nan)
    figure.add_scatter(
        x=near[:, 0],
        y=near[:, 1],
        mode="lines",
        line={"color": style.PINK, "width": 1, "dash": "dot"},
        customdata=steps[:, None],
        hovertemplate="evolute, step %{customdata[0]:,}<extra></extra>",
    )
    place = np.flatnonzero(steps == step)
    if len(place) == 0 or not radius[place[0]] < FAR * width:
        return
    angle = np.linspace(0, 2 * np.pi, 181)
    circle = centre[place[0]] + radius[place[0]] * np.stack([np.cos(angle), np.sin(angle)], 1)
    figure.add_scatter(
        x=circle[:, 0],
        y=circle[:, 1],
        mode="lines",
        line={"color": style.BLUE, "width": 1.5},
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=[centre[place[0], 0]],
        y=[centre[place[0], 1]],
        mode="markers",
        hoverinfo="skip",
        marker={"symbol": "cross-thin", "size": 9, "line": {"color": style.BLUE, "width": 1.5}},
    )
