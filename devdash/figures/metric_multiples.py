"""Metrics over training as small multiples with one axis of steps and one cursor."""

import math

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import stage_marks, style

TITLE = "What the model can do, and with which heads"
DATA = {"lines": "metric_lines", "stages": "stages", "unit": "loss_unit"}
WIDE = True
OPTIONS = {"names": None, "model": None, "method": None, "nbeta": None, "length_scale": None, "step": None}
# metrics that are read against each other share a panel, with short names there; others have their own
PANELS = {
    "bigram score": {"bigram score": "score", "bigram floor": "floor"},
    "n-gram loss": {f"n-gram loss {n}": f"n = {n}" for n in (2, 3, 4)},
    "n-gram score": {f"n-gram score {n}": f"n = {n}" for n in (2, 3, 4)},
    "prefix-matching score": {"prefix-matching score": "", "chance of prefix matching": "chance"},
    "loss on repeated text": {
        f"repeated text loss, {half} half": f"{half} half" for half in ("first", "second")
    },
    "distance to predictors": {f"distance to {name}": name for name in ("zero", "ridge", "discrete optimum")},
}
SHORT = {name: short for group in PANELS.values() for name, short in group.items()}
FIRST = (
    "bigram score",
    "n-gram loss",
    "ICL score",
    "position ablation gap",
    "previous-token score",
    "prefix-matching score",
    "test loss",
    "distance to predictors",
    "MSE by example",
    "embedding share",
    "layer-norm gain",
    "Hessian trace",
)
LOSSES = {
    "bigram score",
    "unigram divergence",
    "n-gram loss",
    "ICL score",
    "position ablation gap",
    "test loss",
    "loss on repeated text",
    "MSE",
    "MSE by example",
    "MSE elsewhere",
    "distance to predictors",
}
MOST_NAMED = 5
NOTEWORTHY = 0.3  # of many lines, those are named that move at least this share of what the first one moves
COLUMNS, PANEL_PX, GAP_PX, BESIDE = 2, 170, 62, 0.26
KEY = ["name", "component", "distribution"]


def panels(names) -> dict[str, tuple[str, ...]]:
    """Panel → the metrics in it, for the metrics that there are; those looked at first come first."""
    found = {title: tuple(n for n in group if n in set(names)) for title, group in PANELS.items()}
    found |= {name: (name,) for name in names if name not in SHORT}
    kept = [title for title, group in found.items() if group]
    place = {title: number for number, title in enumerate(FIRST)}
    return {title: found[title] for title in sorted(kept, key=lambda t: (place.get(t, len(FIRST)), t))}


def draw(data, model=None, step=None) -> go.Figure:
    """data: chosen metrics and the stages of one model; metrics of other models as contrast.

    In a panel with many lines those that move most are coloured and named. step: the cursor.
    """
    lines, stages = data["lines"], data["stages"]
    if lines.empty:
        return style.blank("No metric is chosen, or none is stored for this run.")
    model = model if model is not None else lines["model"].iloc[0]
    model = stages["model"].iloc[0] if len(stages) else model
    shown = panels(lines["name"].unique())
    rows = math.ceil(len(shown) / COLUMNS)
    height = rows * PANEL_PX + (rows - 1) * GAP_PX
    gap = GAP_PX / height if rows > 1 else 0
    figure = make_subplots(rows=rows, cols=COLUMNS, horizontal_spacing=BESIDE, vertical_spacing=gap)
    traces, marks, labels = [], [], []
    for number, (title, names) in enumerate(shown.items(), 1):
        own = lines[lines["name"].isin(names) & (lines["step"] > 0)]
        drawn, named = _panel(own, model, step, number)
        words = stage_marks.with_unit(title, data["unit"]) if title in LOSSES else title
        traces, labels = traces + drawn, [*labels, _title(words, number), *named]
        marks += stage_marks.shapes(stages, lines["step"], step, number)
    figure.add_traces(traces)  # at once: one by one takes seconds
    stage_marks.step_axis(figure, lines["step"], title="", matches="x")
    for number in range(max(len(shown) - COLUMNS, 0), len(shown)):
        figure.layout[f"xaxis{number + 1 if number else ''}"].title = "training step"
    figure.update_yaxes(title="")
    return figure.update_layout(
        shapes=marks,
        annotations=labels,
        showlegend=False,
        height=height + 90,
        margin={"t": 30, "r": 130, "l": 50},
    )


def _panel(lines, model: str, step, panel: int) -> tuple[list[dict], list[dict]]:
    """Traces of a panel, and the annotations that name its lines."""
    groups = dict(list(lines[lines["model"] == model].groupby(KEY)))
    named = _named(groups)
    traces = [
        _grey(own, None if stage_marks.is_seed_of(other, model) else "dash", 1)
        for other, own in lines[lines["model"] != model].groupby("model")
    ]
    if len(named) < len(groups):
        rest = pd.concat([own for key, own in groups.items() if key not in named])
        traces.append(_grey(rest, None, 0.8))
    for number, key in enumerate(named):
        traces += _line(groups[key], _text(key), style.COLOURS[number])
    place = {"xaxis": stage_marks.axis("x", panel), "yaxis": stage_marks.axis("y", panel)}
    texts = {key: _at_end(groups[key], _text(key), len(groups) > 1, step) for key in named}
    return [trace | place for trace in traces], _end_labels(groups, lines["value"], texts, panel)


def _title(title: str, panel: int) -> dict:
    return {
        "text": title,
        "x": 0,
        "y": 1,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "xref": f"{stage_marks.axis('x', panel)} domain",
        "yref": f"{stage_marks.axis('y', panel)} domain",
        "font": {"size": 14},
    }


def _named(groups: dict) -> list[tuple[str, str, str]]:
    """Lines to be named: all if they are few, else those that move most and those of the whole model,
    such as chance, with which heads are compared."""
    moved = {key: own["value"].max() - own["value"].min() for key, own in groups.items()}
    order = sorted(groups, key=moved.get, reverse=True)
    if len(order) > MOST_NAMED:
        least = NOTEWORTHY * moved[order[0]]
        whole = [key for key in order if not key[1] and not key[2]]
        order = whole + [key for key in order if key not in whole and moved[key] >= least]
    return sorted(order[:MOST_NAMED])


def _grey(lines, dash: str | None, width: float) -> dict:
    """Many lines, sorted, as one trace with gaps between them."""
    ends = np.flatnonzero(~lines.duplicated(["model", *KEY], keep="last")) + 1
    x, y = (np.insert(lines[column].to_numpy(float), ends, np.nan) for column in ("step", "value"))
    names = lines["component"].where(lines["component"] != "", lines["model"]).to_numpy(object)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "text": np.insert(names, ends, ""),
        "line": {"color": style.faint(style.GREY, 0.7), "width": width, "dash": dash},
        "hovertemplate": "step %{x}: %{y:.3g}<extra>%{text}</extra>",
    }


def _line(own, name: str, colour: str) -> list[dict]:
    """A named line, with its 95 % band where errors are known."""
    error, plain = 1.96 * own["std_err"].fillna(0), {"type": "scatter"}
    curve = plain | {
        "x": own["step"],
        "y": own["value"],
        "mode": "lines",
        "line": {"color": colour, "width": 2},
        "hovertemplate": "step %{x}: %{y:.4g}<extra>" + name + "</extra>",
    }
    if not error.gt(0).any():
        return [curve]
    band = plain | {
        "x": [*own["step"], *own["step"][::-1]],
        "y": [*(own["value"] + error), *(own["value"] - error)[::-1]],
        "fill": "toself",
        "mode": "none",
        "fillcolor": style.faint(colour, 0.2),
        "hoverinfo": "skip",
    }
    return [band, curve]


def _text(key: tuple[str, str, str]) -> str:
    """What tells a line from the others of its panel."""
    return " · ".join(part for part in (SHORT.get(key[0], ""), *key[1:]) if part)


def _at_end(own, name: str, several: bool, step) -> str:
    """The line's name, with its value where the cursor stands."""
    at = own.loc[own["step"] == step, "value"]
    value = f"{at.iloc[0]:.3g}".replace("-", "−") if len(at) else ""
    return ": ".join(part for part in (name if several else "", value) if part)


def _end_labels(groups: dict, values, texts: dict, panel: int) -> list[dict]:
    """Names at the ends of their lines, moved apart where they would touch."""
    px = stage_marks.FILLED * PANEL_PX / max(values.max() - values.min(), 1e-9)
    ends = [groups[key]["value"].iloc[-1] * px for key in texts]
    places = zip(texts.values(), ends, stage_marks.spread(ends, 14), style.COLOURS, strict=False)
    axes = {"xref": f"{stage_marks.axis('x', panel)} domain", "yref": stage_marks.axis("y", panel)}
    return [
        {
            "text": text,
            "x": 1,
            "xshift": 4,
            "xanchor": "left",
            "y": end / px,
            "yshift": moved - end,
            "showarrow": False,
            "font": {"color": colour, "size": 11},
            **axes,
        }
        for text, end, moved, colour in places
        if text
    ]
