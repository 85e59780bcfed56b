"""What figures over training steps share: the log axis of steps, stages shaded and named, line names."""

import math
import re
import zlib

import numpy as np
import plotly.graph_objects as go

from devdash.figures import style

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
CHARACTER_PX = 6.6
NAMED = 3  # models of a kind that have a name each at the ends of their lines
FILLED = 0.85  # of a panel's height by the values in it; the rest is margin


def stage_colour(label: str) -> str:
    """Colour of a stage's label, on every page the same; one not known takes one by its letters."""
    known = STAGE_COLOURS.get(label)
    return known or OTHERS[zlib.crc32(label.encode()) % len(OTHERS)]


def sign(label: str, mark: str = "●") -> str:
    """A mark in a stage's colour, to be put before words."""
    return f'<span style="color:{stage_colour(label)}">{mark}</span>'


def step_axis(figure: go.Figure, steps, title: str = "training step", **place) -> None:
    """A log axis over the given steps with a tick for each decade, or more where these are few. Step 0 has no
    place on it."""
    positive = [step for step in steps if step > 0] or [1]
    low, high = min(positive), max(positive)
    decades = [10**d for d in range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)]
    ticks = decades if len(decades) > 2 else [round(tick) for tick in style.log_ticks(low, high)]
    bounds = [math.log10(low) - 0.03, math.log10(max(high, 1.1 * low)) + 0.03]
    figure.update_xaxes(
        type="log",
        range=bounds,
        tickvals=ticks,
        ticktext=[f"{tick:,}" for tick in ticks],
        tickangle=0,
        **place,
    )
    if title:
        figure.update_xaxes(title=title, **place)


def with_unit(name: str, unit) -> str:
    """A loss's name with its unit, where that is known. unit: one row, column unit."""
    known = unit["unit"].iloc[0] if len(unit) else ""
    return f"{name} ({known})" if known else name


def axis(letter: str, panel: int) -> str:
    """Plotly's name of a panel's axis: 'x', 'x2', 'x3' …"""
    return letter if panel == 1 else f"{letter}{panel}"


def shapes(stages, steps, cursor: int | None = None, panel: int = 1) -> list[dict]:
    """Of one panel: stages as pale bands, a dotted line at each end that is found, and the step cursor.

    A list, to be set at once for all panels: shapes that are added one by one take seconds.
    """
    first = min((step for step in steps if step > 0), default=1)
    place = {"xref": axis("x", panel), "yref": f"{axis('y', panel)} domain", "y0": 0, "y1": 1}
    marks = []
    for _, row in stages.iterrows():
        start, end = max(row["start_step"], first), max(row["end_step"], first)
        colour = style.faint(stage_colour(row["label"]), SHADE)
        band = {"type": "rect", "x0": start, "x1": end, "fillcolor": colour, "line": {"width": 0}}
        marks.append(band | {"layer": "below"} | place)
        if row["stage"] < stages["stage"].max():
            marks.append(_line(end, {"width": 1, "dash": "dot"}) | place)
    if cursor is not None and cursor > 0:
        marks.append(_line(cursor, {"width": 1.5}) | place)
    return marks


def _line(step: int, look: dict) -> dict:
    return {"type": "line", "x0": step, "x1": step, "line": {"color": style.GREY, **look}}


def name_stages(figure: go.Figure, stages, steps, width_px: float = 420) -> int:
    """The labels above the figure, in as many rows as keep them apart. Returns the number of rows.

    width_px: of the axis in a narrow window or in print.
    """
    positive = [step for step in steps if step > 0]
    low, high = math.log10(min(positive)), math.log10(max(positive))
    starts, ends = (np.log10(stages[c].clip(min(positive))) for c in ("start_step", "end_step"))
    centres = (starts + ends) / 2
    half = stages["label"].str.len() * CHARACTER_PX / 2 / width_px * max(high - low, 0.1)
    rows = stack(centres - half, centres + half)
    for label, centre, row in zip(stages["label"], centres, rows, strict=True):
        figure.add_annotation(
            text=label,
            x=centre,
            y=1,
            xref="x",
            yref="paper",
            yanchor="bottom",
            xanchor="center",
            yshift=2 + 16 * row,
        )
    return max(rows, default=0) + 1


def stack(lows, highs) -> list[int]:
    """The lowest row for each interval in which it touches none before it."""
    ends: list[float] = []
    rows = []
    for low, high in zip(lows, highs, strict=True):
        row = next((r for r, end in enumerate(ends) if end < low), len(ends))
        ends[row : row + 1] = [high]
        rows.append(row)
    return rows


def spread(values, gap: float) -> np.ndarray:
    """Values moved apart until neighbours are `gap` from each other, in their order, around their mean."""
    order = np.argsort(values, kind="stable")
    places = np.array(values, float)[order]
    for _ in range(100):
        short = gap - np.diff(places)
        if (short <= 1e-6 * gap).all():
            break
        push = np.where(short > 0, short / 2, 0)
        places[:-1] -= push
        places[1:] += push
    moved = np.empty_like(places)
    moved[order] = places
    return moved


def name_ends(ends: dict[str, object], main: str) -> dict[str, object]:
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
