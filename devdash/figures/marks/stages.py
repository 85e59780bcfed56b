"""Stages on figures over training steps: shaded, named, and the names of models at the ends of lines."""

import math
import re
import zlib

import numpy as np
import plotly.graph_objects as go

from devdash.figures import style
from devdash.figures.marks.names import coloured
from devdash.figures.marks.places import axis, stack
from devdash.figures.marks.shapes import box, upright

# of what the labels name; previous-token and induction heads keep these colours as kinds of heads
STAGE_COLOURS = {
    "bigrams": style.ORANGE,
    "n-grams": style.SKY,
    "positions": style.PURPLE,
    "previous-token heads": style.GREEN,
    "induction heads": style.PINK,
    "convergence": style.GREY,
}
OTHERS = (style.BLUE, style.VERMILION, *STAGE_COLOURS.values())
SEED = re.compile(r"(^|, )seed \d+$")  # the end of a model's name
SHADE = 0.13
CHARACTER_PX, ROW_PX = 6.6, 16
NAMED = 3  # models of a kind that have a name each at the ends of their lines


def stage_colour(label: str) -> str:
    """Colour of a stage's label, on every page the same; one that is not listed takes one by its letters."""
    return STAGE_COLOURS.get(label) or OTHERS[zlib.crc32(label.encode()) % len(OTHERS)]


def stage_sign(label: str, mark: str = "●") -> str:
    """A mark in a stage's colour, to be put before words."""
    return coloured(mark, stage_colour(label))


def stage_shapes(stages, steps, panel: int = 1) -> list[dict]:
    """Of one panel: stages as pale bands, and a dotted line at each boundary."""
    first = min((step for step in steps if step > 0), default=1)
    domain, shapes = {"yref": f"{axis('y', panel)} domain"}, []
    for _, row in stages.iterrows():
        start, end = max(row["start_step"], first), row["end_step"]
        if end <= first:
            continue
        shade = style.faint(stage_colour(row["label"]), SHADE)
        shapes.append(box(start, end, 0, 1, shade, panel=panel) | domain)
        if row["stage"] < stages["stage"].max():
            shapes.append(upright(end, dash="dot", width=1, panel=panel))
    return shapes


def name_stages(figure: go.Figure, stages, steps, width_px: float = 320, above_px: float = 0) -> int:
    """The labels above the figure, in as many rows as keep them apart. Returns the height they take, px.

    Stages that end before the first of the steps have none. width_px: of the axis in a narrow window or in
    print; above_px: left free beneath them.
    """
    if stages.empty:
        return 0
    positive = [step for step in steps if step > 0]
    stages = stages.assign(label=numbered(stages["label"]))
    stages = stages[stages["end_step"] > min(positive)]
    if stages.empty:
        return 0
    low, high = math.log10(min(positive)), math.log10(max(positive))
    starts, ends = (np.log10(stages[c].clip(min(positive))) for c in ("start_step", "end_step"))
    centres = (starts + ends) / 2
    names = stages["label"]
    half = np.array([len(name) for name in names]) * CHARACTER_PX / 2 / width_px * max(high - low, 0.1)
    rows = stack(centres - half, centres + half)
    place = {"xref": "x", "yref": "paper", "y": 1, "yanchor": "bottom", "xanchor": "center"}
    notes = [
        {"text": name, "x": centre, "yshift": 2 + above_px + ROW_PX * row, **place}
        for name, centre, row in zip(names, centres, rows, strict=True)
    ]
    figure.layout.annotations = (*figure.layout.annotations, *notes)  # at once: each time all are checked
    return (ROW_PX + 1) * (max(rows) + 1)


def numbered(labels) -> list[str]:
    """Names of stages, those that occur more than once with their number.

    >>> numbered(["bigrams", "bigrams", "heads"])
    ['bigrams 1', 'bigrams 2', 'heads']
    """
    labels, names = list(labels), []
    for place, label in enumerate(labels):
        number = labels[: place + 1].count(label)
        names.append(f"{label} {number}" if label and labels.count(label) > 1 else label)
    return names


def group_ends(ends: dict[str, object], main: str) -> dict[str, object]:
    """Where names stand, from where each model's line ends. Of kinds with many models, other seeds of `main`
    and others, only the kind is named, at the median of its ends."""
    seeds = [name for name in ends if name != main and is_seed_of(name, main)]
    others = [name for name in ends if name != main and name not in seeds]
    named = dict(ends)
    for kind, names in (("other seeds", seeds), ("other models", others)):
        if len(names) > NAMED:
            named[f"{len(names)} {kind}"] = np.median([named.pop(name) for name in names], axis=0)
    return named


def is_seed_of(model: str, main: str) -> bool:
    """'two-layer, seed 1' is another seed of 'two-layer', 'seed 1' of 'seed 0'; other names are contrasts."""
    return SEED.sub("", model) == SEED.sub("", main)
