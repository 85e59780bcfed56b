"""The first three principal components of a model's outputs over training, in space."""

import numpy as np
import plotly.graph_objects as go

from devdash.figures import stage_marks, style
from devdash.figures.trajectory_plane import TIME_SCALE

TITLE = "The same path in three dimensions"
DATA = {"data": "trajectory", "stages": "stages"}
BITMAP = True  # drawn by WebGL, which no vector format can hold
OPTIONS = {"model": None, "others": True, "step": None}


def draw(data, model=None, others=True, step=None) -> go.Figure:
    """data: smoothed scores of all models by step, stages of one. Diamonds: where its stages end."""
    path, stages = data["data"], data["stages"]
    if path.empty:
        return style.blank("This run has no trajectory.")
    known = list(path["model"].unique())
    main = stages["model"].iloc[0] if len(stages) else known[0]
    model = model if model in known else main
    figure = go.Figure()
    for name, own in path.groupby("model"):
        if name == model or others:
            _curve(figure, own, name, name == model)
    own = path[path["model"] == model]
    _ends(figure, own, stages[stages["stage"] < stages["stage"].max()])
    at = own[own["step"] == step]
    figure.add_scatter3d(
        **_places(at),
        mode="markers",
        marker={"size": 7, "color": style.BLUE, "symbol": "circle-open"},
        hoverinfo="skip",
    )
    axis = {"gridcolor": style.GREY, "showbackground": False, "zeroline": False, "nticks": 5}
    scene = {
        f"{letter}axis": {"title": f"PC {number}", **axis}
        for letter, number in zip("xyz", (1, 2, 3), strict=True)
    }
    scene["camera"] = {"eye": {"x": 1.45, "y": 1.45, "z": 1.1}, "center": {"x": 0, "y": 0, "z": -0.15}}
    return figure.update_layout(
        scene=scene, showlegend=False, height=400, margin={"t": 0, "b": 0, "l": 0, "r": 0}
    )


def _places(own) -> dict:
    return {letter: own[f"smoothed_{number}"] for letter, number in zip("xyz", (1, 2, 3), strict=True)}


def _curve(figure: go.Figure, own, name: str, chosen: bool) -> None:
    line = {"color": style.GREY, "width": 2}
    if chosen:
        line = {"color": np.log10(own["step"] + 1), "colorscale": TIME_SCALE, "width": 6}
    figure.add_scatter3d(
        **_places(own),
        mode="lines",
        line=line,
        customdata=own[["step"]],
        hovertemplate="step %{customdata[0]:,}<extra>" + name + "</extra>",
    )


def _ends(figure: go.Figure, own, stages) -> None:
    places = [(np.log1p(own["step"]) - np.log1p(end)).abs().argmin() for end in stages["end_step"]]
    colours = [stage_marks.stage_colour(label) for label in stages["label"]]
    figure.add_scatter3d(
        **_places(own.iloc[places]),
        mode="markers+text",
        text=stages["label"],
        hoverinfo="text",
        marker={"symbol": "diamond", "size": 6, "color": colours},
        textposition="top center",
    )
