"""Lines of several seeds: their range as a band, each thin, their mean thick."""

import pandas as pd

from devdash.figures import style
from devdash.figures.marks.traces import band, line


def seeds(lines: pd.DataFrame, colour: str, name: str, panel: int = 1) -> list[dict]:
    """Traces of one line. lines: model, step, value; a single seed is drawn thick."""
    several = lines["model"].nunique() > 1
    hue, width = (style.faint(colour, 0.55), 0.8) if several else (colour, 2.4)
    ordered = lines.sort_values(["model", "step"])
    words, place = "step %{x:,}: %{y:.3g}", {"about": name, "panel": panel}
    each = line(ordered, "step", "value", hue, width, gaps="model", hover="{model}, " + words, **place)
    if not several:
        return [each]
    shared = mean_and_range(lines)
    hover = words + " ({min:.3g} to {max:.3g} over seeds)"
    mean = line(shared, "step", "mean", colour, 2.4, hover=hover, **place)
    return [band(shared, "step", "min", "max", colour, 0.18, panel), each, mean]


def mean_and_range(lines: pd.DataFrame) -> pd.DataFrame:
    """step, mean, min and max of value over seeds, at the steps at which every seed was measured."""
    steps = lines.groupby("step")["value"].agg(["mean", "min", "max", "count"]).reset_index()
    return steps[steps["count"] == lines["model"].nunique()]


def last_mean(lines: pd.DataFrame) -> float:
    """Where a line ends: its last mean over seeds, or the last value where seeds share no step yet."""
    shared = mean_and_range(lines)
    return shared["mean"].iloc[-1] if len(shared) else lines.sort_values("step")["value"].iloc[-1]
