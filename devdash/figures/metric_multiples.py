"""Metrics over training as small multiples with one axis of steps and one cursor."""

import math

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style
from devdash.stored_names import (
    BIGRAM,
    CHANCE,
    GAIN,
    HESSIAN,
    ICL,
    MSE,
    PREFIX_MATCHING,
    PREVIOUS_TOKEN,
    TOKEN_SHARE,
)

TITLE = "What the model can do, and with which heads"
DATA = {"lines": "metric_lines", "stages": "stages", "unit": "loss_unit"}
WIDE = True
OPTIONS = {"names": None, "model": None, "method": None, "nbeta": None, "length_scale": None, "step": None}
CURSOR = True
# metrics that are read against each other share a panel, with short names there; others have one each
PANELS = {
    BIGRAM: {BIGRAM: "score", "bigram floor": "floor"},
    "n-gram loss": {f"n-gram loss {n}": f"n = {n}" for n in (2, 3, 4)},
    "n-gram score": {f"n-gram score {n}": f"n = {n}" for n in (2, 3, 4)},
    PREFIX_MATCHING: {PREFIX_MATCHING: "", CHANCE: "chance"},
    "loss on repeated text": {
        f"repeated text loss, {half} half": f"{half} half" for half in ("first", "second")
    },
    "distance to predictors": {f"distance to {name}": name for name in ("zero", "ridge", "discrete optimum")},
}
SHORT = {name: short for group in PANELS.values() for name, short in group.items()}
FIRST = (
    BIGRAM,
    "n-gram loss",
    ICL,
    "position ablation gap",
    PREVIOUS_TOKEN,
    PREFIX_MATCHING,
    "test loss",
    "distance to predictors",
    "MSE by example",
    TOKEN_SHARE,
    GAIN,
    HESSIAN,
)
LOSSES = {
    BIGRAM,
    "unigram divergence",
    "n-gram loss",
    ICL,
    "position ablation gap",
    "test loss",
    "loss on repeated text",
    MSE,
    "MSE by example",
    "MSE elsewhere",
    "distance to predictors",
}
MOST_NAMED = 5
NOTEWORTHY = 0.3  # of many lines, those are named that move at least this share of what the first one moves
COLUMNS, PANEL_PX, GAP_PX, BESIDE = 2, 170, 62, 0.26
FILLED = 0.85  # of a panel's height by the values in it; the rest is margin
KEY = ["name", "component", "distribution"]


def panels(names) -> dict[str, tuple[str, ...]]:
    """Panel → the metrics in it, for the metrics that there are; those looked at first come first."""
    groups = {title: tuple(n for n in group if n in set(names)) for title, group in PANELS.items()}
    groups |= {name: (name,) for name in names if name not in SHORT}
    kept = [title for title, group in groups.items() if group]
    place = {title: number for number, title in enumerate(FIRST)}
    return {title: groups[title] for title in sorted(kept, key=lambda t: (place.get(t, len(FIRST)), t))}


def draw(data, model=None, step=None) -> go.Figure:
    """data: chosen metrics and the stages of one model; metrics of other models as contrast.

    In a panel with many lines those that move most are coloured and named. step: the cursor.
    """
    lines, stages = data["lines"], data["stages"]
    lines = lines[lines["step"] > 0]
    if lines.empty:
        return style.blank("No metric is chosen, or none is stored for this run.")
    model = model if model is not None else lines["model"].iloc[0]
    model = stages["model"].iloc[0] if len(stages) else model
    groups = panels(lines["name"].unique())
    rows = math.ceil(len(groups) / COLUMNS)
    height = rows * PANEL_PX + (rows - 1) * GAP_PX
    gap = GAP_PX / height if rows > 1 else 0
    figure = make_subplots(rows=rows, cols=COLUMNS, horizontal_spacing=BESIDE, vertical_spacing=gap)
    traces, shapes, notes = [], [], []
    for panel, (title, names) in enumerate(groups.items(), 1):
        metrics = lines[lines["name"].isin(names)]
        drawn, named = _panel(metrics, model, step, panel)
        words = marks.with_unit(title, data["unit"]) if title in LOSSES else title
        traces, notes = traces + drawn, [*notes, marks.note(words, "above left", panel, size=14), *named]
        shapes += marks.stage_shapes(stages, lines["step"], panel)
    figure.add_traces(traces)
    marks.step_axis(figure, lines["step"], title="", matches="x")
    for panel in range(max(len(groups) - COLUMNS, 0) + 1, len(groups) + 1):
        figure.layout[marks.axis("x", panel).replace("x", "xaxis")].title = "training step"
    figure.update_yaxes(title="")
    figure.update_layout(shapes=shapes, annotations=notes, showlegend=False)
    return figure.update_layout(
        height=height + 90, margin={"t": 30, "r": 130, "l": 50}, meta={"narrowest": 140}
    )


def _panel(lines, model: str, step, panel: int) -> tuple[list[dict], list[dict]]:
    """Traces of a panel, and the annotations that name its lines."""
    groups = dict(list(lines[lines["model"] == model].groupby(KEY)))
    named = _named(groups)
    traces = [
        _grey(rows, None if marks.is_seed_of(other, model) else "dash", 1, panel)
        for other, rows in lines[lines["model"] != model].groupby("model")
    ]
    if len(named) < len(groups):
        rest = pd.concat([rows for key, rows in groups.items() if key not in named])
        traces.append(_grey(rest, None, 0.8, panel))
    ends = {}
    for key, colour in zip(named, style.COLOURS, strict=False):
        traces += _line(groups[key], _text(key), colour, panel)
        text = _at_end(groups[key], _text(key), len(groups) > 1, step)
        ends |= {text: (groups[key]["value"].iloc[-1], colour)} if text else {}
    low, high = marks.interval(lines["value"], lines["std_err"])
    px = FILLED * PANEL_PX / max(high.max() - low.min(), 1e-9)
    return traces, marks.end_names(ends, px, panel)


def _named(groups: dict) -> list[tuple[str, str, str]]:
    """Lines to be named: all if they are few, else those that move most and those of the whole model,
    such as chance, with which heads are compared."""
    moved = {key: rows["value"].max() - rows["value"].min() for key, rows in groups.items()}
    order = sorted(groups, key=moved.get, reverse=True)
    if len(order) > MOST_NAMED:
        least = NOTEWORTHY * moved[order[0]]
        whole = [key for key in order if not key[1] and not key[2]]
        order = whole + [key for key in order if key not in whole and moved[key] >= least]
    return sorted(order[:MOST_NAMED])


def _grey(lines, dash: str | None, width: float, panel: int) -> dict:
    """Many lines, sorted, as one trace with gaps between them."""
    about = lines["component"].where(lines["component"] != "", lines["model"])
    words = {"hover": "step %{x}: %{y:.3g}<br>{about}", "panel": panel}
    rows, grey = lines.assign(about=about), style.faint(style.GREY, 0.7)
    return marks.line(rows, "step", "value", grey, width, dash, gaps=["model", *KEY], **words)


def _line(rows, name: str, colour: str, panel: int) -> list[dict]:
    """A named line, with its 95 % band where errors are stored."""
    words = {"hover": "step %{x}: %{y:.4g}", "about": name, "panel": panel}
    curve = marks.line(rows, "step", "value", colour, **words)
    if not rows["std_err"].gt(0).any():
        return [curve]
    ends = marks.interval(rows["value"], rows["std_err"])
    return [marks.band(rows, "step", *ends, colour, panel=panel), curve]


def _text(key: tuple[str, str, str]) -> str:
    """What tells a line from the others of its panel."""
    return " · ".join(part for part in (SHORT.get(key[0], ""), *key[1:]) if part)


def _at_end(rows, name: str, several: bool, step) -> str:
    """The line's name, with its value where the cursor stands."""
    at = rows.loc[rows["step"] == step, "value"]
    value = f"{at.iloc[0]:.3g}".replace("-", "−") if len(at) else ""
    return ": ".join(part for part in (name if several else "", value) if part)
