"""Axes that figures share: log steps, measured sizes, rows with names."""

import math

import plotly.graph_objects as go

from devdash.figures import style


def step_axis(figure: go.Figure, steps, title: str = "training step", **place) -> None:
    """A log axis over steps with a tick for each decade, or more where these are few. Step 0 has no place
    on it."""
    positive = [step for step in steps if step > 0] or [1]
    low, high = min(positive), max(positive)
    decades = [10**d for d in range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)]
    ticks = decades if len(decades) > 2 else [round(tick) for tick in style.log_ticks(low, high)]
    bounds = [math.log10(low) - 0.03, math.log10(max(high, 1.1 * low)) + 0.03]
    words = {"tickvals": ticks, "ticktext": [f"{tick:,}" for tick in ticks], "tickangle": 0}
    named = {"title": title} if title else {}
    figure.update_xaxes(type="log", range=bounds, **words, **named, **place)


def step_axes(figure: go.Figure, steps, rows: int) -> None:
    """One axis of steps for panels above each other, named beneath the last."""
    step_axis(figure, steps, title="", matches="x")
    figure.update_xaxes(title="training step", row=rows, col=1)


def size_axis(figure: go.Figure, sizes, title: str = "", **place) -> None:
    """A log axis with a tick at each value that was measured."""
    ticks = sorted(set(sizes))
    words = {"tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks], "tickangle": 0}
    bounds = [math.log10(ticks[0]) - 0.05, math.log10(ticks[-1]) + 0.05]
    figure.update_xaxes(type="log", range=bounds, title=title, **words, **place)


def row_axis(figure: go.Figure, names, **place) -> None:
    """Rows with names, numbered from 0 at the top."""
    ticks = {"tickvals": list(range(len(names))), "ticktext": list(names)}
    figure.update_yaxes(range=[len(names) - 0.4, -0.6], title="", zeroline=False, **ticks, **place)


def with_unit(name: str, unit) -> str:
    """A loss's name with its unit, where that is known. unit: one row, column unit."""
    words = unit["unit"].iloc[0] if len(unit) else ""
    return f"{name} ({words})" if words else name
