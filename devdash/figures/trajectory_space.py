"""The first three principal components of a model's outputs over training, in space."""

import numpy as np
import plotly.graph_objects as go

from devdash.figures import marks, style
from devdash.figures.trajectory_plane import TIME_SCALE, chosen_model, nearest, stage_ends

TITLE = "The same path in three dimensions"
DATA = {"data": "trajectory", "stages": "stages"}
BITMAP = True  # drawn by WebGL, which no vector format can hold
OPTIONS = {"model": None, "others": True, "step": None}
SIDES = ("top center", "bottom center")
NUMBERS = {"x": 1, "y": 2, "z": 3}


def draw(data, model=None, others=True, step=None) -> go.Figure:
    """data: smoothed scores of all models by step, stages of one. Diamonds: where its stages end."""
    path, stages = data["data"], data["stages"]
    if path.empty:
        return style.blank("This run has no trajectory.")
    model = chosen_model(path, stages, model)
    figure = go.Figure()
    for name, scores in path.groupby("model"):
        if name == model or others:
            figure.add_scatter3d(**_curve(scores, name, name == model))
    scores = path[path["model"] == model]
    figure.add_scatter3d(**_ends(scores, stage_ends(stages)))
    ring = {"size": 7, "color": style.BLUE, "symbol": "circle-open"}
    cursor = _places(scores[scores["step"] == step])
    figure.add_scatter3d(**cursor, mode="markers", marker=ring, hoverinfo="skip")
    axis = {"gridcolor": style.GREY, "showbackground": False, "zeroline": False, "nticks": 5}
    scene = {f"{letter}axis": {"title": f"PC {number}", **axis} for letter, number in NUMBERS.items()}
    scene["camera"] = {"eye": {"x": 1.45, "y": 1.45, "z": 1.1}, "center": {"x": 0, "y": 0, "z": -0.15}}
    margin = {"t": 0, "b": 0, "l": 0, "r": 0}
    return figure.update_layout(scene=scene, showlegend=False, height=400, margin=margin)


def _places(scores) -> dict:
    return {letter: scores[f"smoothed_{number}"] for letter, number in NUMBERS.items()}


def _curve(scores, name: str, chosen: bool) -> dict:
    line = {"color": style.GREY, "width": 2}
    if chosen:
        line = {"color": np.log10(scores["step"] + 1), "colorscale": TIME_SCALE, "width": 6}
    hover = "step %{customdata[0]:,}<extra>" + name + "</extra>"
    words = {"customdata": scores[["step"]], "hovertemplate": hover}
    return _places(scores) | {"mode": "lines", "line": line} | words


def _ends(scores, stages) -> dict:
    places = [nearest(scores, end) for end in stages["end_step"]]
    colours = [marks.stage_colour(label) for label in stages["label"]]
    return _places(scores.iloc[places]) | {
        "mode": "markers+text",
        "text": stages["name"],
        "hoverinfo": "text",
        "marker": {"symbol": "diamond", "size": 6, "color": colours},
        "textposition": [SIDES[number % 2] for number in range(len(stages))],  # neighbours may lie close
    }
